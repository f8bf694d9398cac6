// Who works here, and what each may do.
import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from '../api';
import { full } from '../format';
import { isMe, PageFrame } from '../shell';
import { complain, say } from '../state/acts';
import { can } from '../state/session';
import { Avatar, Button, Chip, ErrorBox, Field, Skeleton } from '../ui/basics';
import { Menu } from '../ui/layers';
import { Sheet } from '../ui/layers';
import { t } from '../words';
import type { Person, RoleName } from '../types';
import { ROLE_NAMES, ROLE_TEXTS, ROLES } from './roles';

function RoleSelect({ value, onChoose, label }: { value: RoleName; onChoose: (role: RoleName) => void; label: string }) {
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(e) => onChoose(e.currentTarget.value as RoleName)}>
        {ROLES.map((r) => <option key={r} value={r}>{t(ROLE_NAMES[r])}</option>)}
      </select>
      <span class="field-help">{t(ROLE_TEXTS[value])}</span>
    </label>
  );
}

function AddSheet({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<RoleName>('agent');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const add = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await api.addPerson({ name: name.trim(), email: email.trim(), role, password });
      say(t('people.added', { name: name.trim() }));
      onDone();
      onClose();
    } catch (error) {
      setProblem(error as Problem);
      setBusy(false);
    }
  };
  const errorAt = (field: string) => (problem?.extra.field === field ? problem.message : null);
  const isElsewhere = problem && !['name', 'email', 'password', 'role'].includes(problem.extra.field ?? '');
  return (
    <Sheet title={t('people.add')} onClose={onClose}>
      <form class="form" onSubmit={add}>
        <Field label={t('settings.name')} value={name} onInput={setName} required maxLength={120} error={errorAt('name')} autocomplete="off" />
        <Field label={t('login.email')} type="email" value={email} onInput={setEmail} required error={errorAt('email')} autocomplete="off" />
        <Field label={t('people.password')} type="password" value={password} onInput={setPassword} required minLength={10} help={t('people.password_help')} error={errorAt('password')} autocomplete="new-password" />
        <RoleSelect label={t('people.role')} value={role} onChoose={setRole} />
        {isElsewhere && <ErrorBox text={problem.message} code={problem.code} />}
        <Button type="submit" kind="primary" size={48} busy={isBusy} disabled={!name.trim() || !email.trim() || password.length < 10}>{t('people.add')}</Button>
      </form>
    </Sheet>
  );
}

function RoleSheet({ person, onClose, onDone }: { person: Person; onClose: () => void; onDone: () => void }) {
  const [role, setRole] = useState(person.role);
  const save = () => api.editPerson(person.id, { role }).then(() => (say(t('done.saved')), onDone(), onClose()), complain);
  return (
    <Sheet title={person.name} onClose={onClose}>
      <div class="form">
        <RoleSelect label={t('people.role')} value={role} onChoose={setRole} />
        <Button kind="primary" size={48} disabled={role === person.role} onClick={save}>{t('act.save')}</Button>
      </div>
    </Sheet>
  );
}

export function PeoplePage() {
  const [all, setAll] = useState<Person[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isAdding, setAdding] = useState(false);
  const [edited, setEdited] = useState<Person | null>(null);
  const load = () => void api.people().then((p) => (setAll(p), setProblem(null)), setProblem);
  useEffect(load, []);
  const mayEdit = can('people.edit');
  const disable = (p: Person) => api.editPerson(p.id, { disabled: !p.disabled }).then(load, complain);
  return (
    <PageFrame title={t('nav.people')} up="more" action={mayEdit && <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>{t('people.add')}</Button>}>
      <div class="column wide">
        {!mayEdit && <p class="soft">{t('people.read_only')}</p>}
        {problem && <ErrorBox text={problem.message} code={problem.code} onRetry={load} />}
        {!all && !problem && <Skeleton rows={3} />}
        <ul class="plain-list lines">
          {all?.map((p) => (
            <li key={p.id} class={p.disabled ? 'line off' : 'line'}>
              <Avatar name={p.name} id={p.id} size={36} />
              <div class="line-main">
                <b>{isMe(p.id) ? t('people.you', { name: p.name }) : p.name}</b>
                <span class="meta">{p.email}</span>
                <span class="meta">{p.last_seen ? t('people.seen', { at: full(p.last_seen) }) : t('people.never')}</span>
              </div>
              {p.disabled && <Chip>{t('people.disabled')}</Chip>}
              <Chip tone={p.role === 'owner' ? 'selesai' : 'neutral'}>{t(ROLE_NAMES[p.role])}</Chip>
              {mayEdit && !isMe(p.id) && (
                <Menu
                  icon="dots"
                  label={t('people.menu', { name: p.name })}
                  items={[
                    { label: t('people.change_role'), icon: 'person', run: () => setEdited(p) },
                    { label: t(p.disabled ? 'people.enable' : 'people.disable'), icon: p.disabled ? 'check' : 'lock', run: () => void disable(p) },
                  ]}
                />
              )}
            </li>
          ))}
        </ul>
      </div>
      {isAdding && <AddSheet onClose={() => setAdding(false)} onDone={load} />}
      {edited && <RoleSheet person={edited} onClose={() => setEdited(null)} onDone={load} />}
    </PageFrame>
  );
}
