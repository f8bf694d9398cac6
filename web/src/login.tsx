// The way in.
import { useEffect, useState } from 'preact/hooks';
import type { Problem } from './api';
import { chooseLanguage, login } from './state/session';
import { Button, Field } from './ui/basics';
import { Icon } from './ui/icon';
import { language, t } from './words';

function Languages() {
  const choice = (code: 'id' | 'en', name: string) => (
    <button type="button" lang={code} aria-pressed={language.value === code} onClick={() => chooseLanguage(code)}>{name}</button>
  );
  return <p class="languages">{choice('id', 'Indonesia')}{choice('en', 'English')}</p>;
}

export function LoginPage({ isAgain }: { isAgain?: boolean }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [left, setLeft] = useState(0);
  const [isHelpShown, showHelp] = useState(false);
  useEffect(() => {
    if (!isAgain) document.title = 'Tanggap';
  }, []);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await login(email.trim(), password);
    } catch (error) {
      setProblem(error as Problem);
      setLeft((error as Problem).extra.retry_after ?? 0);
      setBusy(false);
    }
  };
  return (
    <main class="login">
      <div class="login-card">
        <header class="login-head">
          <span class="login-mark"><svg width="40" height="40" aria-hidden="true"><use href="#logo" /></svg></span>
          <h1>{'Tanggap'}</h1>
          <p>{t('login.motto')}</p>
        </header>
        <form class="login-form" onSubmit={submit}>
          {isAgain && <p class="soft">{t('login.again')}</p>}
          <Field label={t('login.email')} type="email" name="email" autocomplete="username" inputMode="email" required value={email} onInput={setEmail} />
          <Field label={t('login.password')} type="password" name="password" autocomplete="current-password" required value={password} onInput={setPassword} />
          {problem && (
            <p class="login-problem" role="alert">
              <Icon name="bang" />
              <span>{left > 0 ? t('login.wait', { n: left }) : problem.message}</span>
            </p>
          )}
          <Button type="submit" kind="primary" size={48} busy={isBusy} disabled={left > 0}>{t('login.enter')}</Button>
          <Button kind="quiet" aria-expanded={isHelpShown} onClick={() => showHelp(!isHelpShown)}>{t('login.forgot')}</Button>
          {isHelpShown && <p class="soft">{t('login.forgot_text')}</p>}
        </form>
        <Languages />
      </div>
    </main>
  );
}
