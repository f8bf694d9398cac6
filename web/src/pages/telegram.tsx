// Connecting a bot: paste the token, see it checked, send one "halo" and watch it arrive.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, newKey, type Problem } from '../api';
import { href } from '../router';
import { channelReason } from '../reasons';
import { channels, loadChannels } from '../state/channels';
import { Button, ErrorBox, Field } from '../ui/basics';
import { Icon } from '../ui/icon';
import { Sheet } from '../ui/layers';
import { t } from '../words';
import type { Channel } from '../types';

const TOKEN = /^\d{5,}:[A-Za-z0-9_-]{30,}$/;

function Progress({ channel }: { channel: Channel }) {
  const isBroken = channel.status === 'broken';
  const isChecked = !isBroken && channel.status !== 'checking';
  const hasMessage = channel.last_event_at !== null || channel.messages_24h > 0;
  const step = (isDone: boolean, isBad: boolean, title: string, text: string) => (
    <li class={isDone ? 'done' : isBad ? 'bad' : ''}>
      <span class="step-mark"><Icon name={isDone ? 'check' : isBad ? 'bang' : 'hourglass'} size={18} /></span>
      <div><h3>{title}</h3><p>{text}</p></div>
    </li>
  );
  return (
    <>
      <ol class="steps" aria-live="polite">
        {step(true, false, t('telegram.token_kept'), t('telegram.token_kept_text'))}
        {step(isChecked, isBroken, isChecked ? channel.name : t('telegram.checking'), isBroken ? channelReason(channel) : t(isChecked ? 'telegram.checked' : 'telegram.checking_text'))}
        {isChecked && step(hasMessage, false, t(hasMessage ? 'telegram.arrived' : 'telegram.hello'), t(hasMessage ? 'telegram.arrived_text' : 'telegram.hello_text'))}
      </ol>
      {isChecked && hasMessage && <a class="button primary h48" href={href('inbox')}>{t('telegram.see')}</a>}
    </>
  );
}

export function TelegramSheet({ onClose }: { onClose: () => void }) {
  const [token, setToken] = useState('');
  const [created, setCreated] = useState<Channel | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const isPlausible = TOKEN.test(token.trim());
  useEffect(() => {
    if (!created) return;
    const timer = setInterval(loadChannels, 3000);
    return () => clearInterval(timer);
  }, [created]);
  const connect = async (value: string) => {
    if (isBusy || created) return;
    setBusy(true);
    setProblem(null);
    try {
      setCreated(await api.connectTelegram(value.trim(), key.current));
      setToken('');
      void loadChannels();
    } catch (e) {
      setProblem(e as Problem);
      key.current = newKey();
    } finally {
      setBusy(false);
    }
  };
  const current = created && (channels.value?.find((c) => c.id === created.id) ?? created);
  return (
    <Sheet title={t('welcome.telegram')} onClose={onClose}>
      {current ? <Progress channel={current} /> : (
        <form class="form" onSubmit={(e) => (e.preventDefault(), void connect(token))}>
          <ol class="how">
            <li>{t('telegram.how_1')}</li>
            <li>{t('telegram.how_2')}</li>
            <li>{t('telegram.how_3')}</li>
          </ol>
          <Field
            label={t('telegram.token')}
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={token}
            onInput={(v) => {
              setToken(v);
              if (TOKEN.test(v.trim()) && v.length - token.length > 20) void connect(v);
            }}
            help={t('telegram.token_help')}
            error={token && !isPlausible && token.length > 12 ? t('telegram.token_odd') : null}
          />
          {problem && <ErrorBox text={problem.message} code={problem.code} />}
          <Button type="submit" kind="primary" size={48} busy={isBusy} disabled={!isPlausible}>{t('channel.connect')}</Button>
        </form>
      )}
    </Sheet>
  );
}
