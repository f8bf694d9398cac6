// What a person sets for herself.
import { useState } from 'preact/hooks';
import { api, type Problem } from '../api';
import { isHelpOpen } from '../keys';
import { PageFrame } from '../shell';
import { complain, say } from '../state/acts';
import { business, edit, logout, me, switchBusiness, theme } from '../state/session';
import { Button, Choices, Field } from '../ui/basics';
import { language, t } from '../words';
import { ROLE_NAMES } from './roles';

function NameForm() {
  const [name, setName] = useState(me.value!.person.name);
  const isSame = name.trim() === me.value!.person.name || !name.trim();
  const save = (e: Event) => {
    e.preventDefault();
    edit({ name: name.trim() }).then(() => say(t('done.saved')), complain);
  };
  return (
    <form onSubmit={save} class="form-line">
      <Field label={t('settings.name')} value={name} onInput={setName} autocomplete="name" maxLength={120} />
      <Button type="submit" size={48} disabled={isSame}>{t('act.save')}</Button>
    </form>
  );
}

function PasswordForm() {
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (e: Event) => {
    e.preventDefault();
    setProblem(null);
    try {
      await api.password(old, next);
      setOld('');
      setNext('');
      say(t('settings.password_done'));
    } catch (error) {
      setProblem(error as Problem);
    }
  };
  const isOld = problem?.code === 'wrong_login' || problem?.extra.field === 'old';
  return (
    <form onSubmit={save} class="form">
      <h2>{t('settings.password')}</h2>
      <Field label={t('settings.password_old')} type="password" autocomplete="current-password" required value={old} onInput={setOld} error={isOld ? t('settings.password_wrong') : null} />
      <Field label={t('settings.password_new')} type="password" autocomplete="new-password" required minLength={10} value={next} onInput={setNext} help={t('settings.password_help')} error={problem && !isOld ? problem.message : null} />
      <Button type="submit" size={48} disabled={!old || next.length < 10}>{t('settings.password_change')}</Button>
    </form>
  );
}

export function SettingsPage() {
  const person = me.value!.person;
  const set = (change: Parameters<typeof edit>[0]) => void edit(change).catch(complain);
  const others = me.value!.businesses.filter((b) => b.id !== business.value?.id);
  return (
    <PageFrame title={t('nav.settings')} up="more">
      <div class="column">
        <p class="soft">{business.value ? t('settings.who', { email: person.email, role: t(ROLE_NAMES[business.value.role]), business: business.value.name }) : person.email}</p>
        <NameForm />
        <Choices label={t('settings.language')} value={language.value} onChoose={(v) => set({ language: v })} options={[{ value: 'id', label: 'Indonesia' }, { value: 'en', label: 'English' }]} />
        <Choices
          label={t('settings.theme')}
          value={theme.value}
          onChoose={(v) => set({ theme: v })}
          options={[{ value: 'auto', label: t('theme.auto') }, { value: 'light', label: t('theme.light') }, { value: 'dark', label: t('theme.dark') }]}
        />
        <PasswordForm />
        {others.length > 0 && (
          <section class="form">
            <h2>{t('settings.businesses')}</h2>
            {others.map((b) => <Button key={b.id} onClick={() => switchBusiness(b.id)}>{b.name}</Button>)}
          </section>
        )}
        <p class="button-line">
          <Button onClick={() => (isHelpOpen.value = true)} icon="question">{t('help.title')}</Button>
          <Button onClick={logout} icon="out">{t('settings.logout')}</Button>
        </p>
      </div>
    </PageFrame>
  );
}
