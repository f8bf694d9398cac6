// Connecting an account of any platform: the choice, the form that the server describes, and the way to the first message.
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, newKey, Problem } from '../api';
import { go, href } from '../router';
import { channelReason } from '../reasons';
import { complain } from '../state/acts';
import { channels, loadChannels } from '../state/channels';
import { Button, Choices, ErrorBox, Field, Skeleton } from '../ui/basics';
import { Icon, Platform, platformName } from '../ui/icon';
import { Sheet } from '../ui/layers';
import { t } from '../words';
import type { Channel, ConnectField, ConnectForm, Id } from '../types';
import { CARDS, fieldHelp, fieldLabel, HOW } from './connect-words';

type Forms = { takes_hooks: boolean; items: ConnectForm[] };

function useForms(): { forms: Forms | null; problem: Problem | null; load: () => void } {
  const [forms, setForms] = useState<Forms | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = () => void api.platforms().then((f) => (setForms(f), setProblem(null)), setProblem);
  useEffect(load, []);
  return { forms, problem, load };
}

export function ChooseSheet({ onClose }: { onClose: () => void }) {
  const { forms, problem, load } = useForms();
  return (
    <Sheet title={t('connect.choose')} onClose={onClose}>
      <p class="soft">{t('connect.choose_text')}</p>
      {problem && <ErrorBox text={problem.message} code={problem.code} onRetry={load} />}
      {!forms && !problem && <Skeleton rows={4} />}
      {forms?.items.map((f) => (
        <a key={f.platform} class="start" href={href('channels', f.platform)}>
          <span class={`tile glyph-${f.platform}`}><Platform platform={f.platform} size={40} /></span>
          <span><b>{platformName(f.platform)}</b><span>{t(CARDS[f.platform]!)}</span></span>
          <Icon name="next" size={18} />
        </a>
      ))}
    </Sheet>
  );
}

// Something to carry over to the platform's own page.
function Paste({ label, value }: { label: string; value: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(value).then(() => setCopied(true), () => undefined);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 4000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <div class="paste">
      <span class="paste-label">{label}</span>
      <code>{value}</code>
      <Button size={36} icon={isCopied ? 'check' : 'copy'} onClick={copy} aria-label={`${t(isCopied ? 'connect.copied' : 'connect.copy')}: ${label}`}>
        {t(isCopied ? 'connect.copied' : 'connect.copy')}
      </Button>
    </div>
  );
}

// Money is typed in dollars, with comma or point, and travels in thousandths.
const MONEY = /^[0-9]{1,4}([.,][0-9]{1,3})?$/;
function wire(field: ConnectField, value: string): string {
  const text = value.trim();
  return field.name === 'day_limit' && MONEY.test(text) ? String(Math.round(Number(text.replace(',', '.')) * 1000)) : text;
}

function oddity(field: ConnectField, value: string): string | null {
  const text = value.trim();
  if (field.name === 'day_limit') return !text || MONEY.test(text) ? null : t('connect.odd.money');
  if (!text || new RegExp(field.pattern).test(text)) return null;
  return t(field.pattern.startsWith('^[0-9]') ? 'connect.odd.digits' : field.pattern.startsWith('^[0-9A-F') ? 'connect.odd.hex' : 'connect.odd.text');
}

function FormBody({ form, takesHooks }: { form: ConnectForm; takesHooks: boolean }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [left, setLeft] = useState<Record<string, boolean>>({});
  const [way, setWay] = useState<'poll' | 'hook'>(form.transports.includes('poll') ? 'poll' : 'hook');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const key = useRef(newKey());
  const fields = form.fields.filter((f) => f.need !== 'for_hook' || way === 'hook');
  const isNeeded = (f: ConnectField) => f.need === 'always' || f.need === 'for_hook';
  const isWhole = fields.every((f) => !oddity(f, values[f.name] ?? '') && (!isNeeded(f) || (values[f.name] ?? '').trim() !== ''));
  const name = platformName(form.platform);
  const send = async () => {
    if (isBusy || !isWhole) return;
    setBusy(true);
    setProblem(null);
    try {
      const given = Object.fromEntries(fields.map((f) => [f.name, wire(f, values[f.name] ?? '')] as const).filter(([, v]) => v !== ''));
      const made = await api.connect({ platform: form.platform, transport: way, fields: given }, key.current);
      await loadChannels();
      go(href('channels', made.id), true);
    } catch (e) {
      setProblem(e as Problem);
      key.current = newKey();
    } finally {
      setBusy(false);
    }
  };
  const wrong = problem?.extra.field?.replace(/^fields\./, '');
  const help = (f: ConnectField) =>
    f.need === 'or_login' ? t('connect.or_login', { platform: name }) : fieldHelp(form.platform, f.name) ? t(fieldHelp(form.platform, f.name)!) : f.is_secret ? t('telegram.token_help') : undefined;
  return (
    <form class="form" onSubmit={(e) => (e.preventDefault(), void send())}>
      <ol class="how">{HOW[form.platform]?.map((k) => <li key={k}>{t(k)}</li>)}</ol>
      {form.redirect_url && <Paste label={t('connect.redirect')} value={form.redirect_url} />}
      {form.transports.length > 1 && (
        <Choices label={t('connect.way')} value={way} onChoose={setWay}
          options={[{ value: 'poll', label: t('connect.way_poll') }, { value: 'hook', label: t('connect.way_hook') }]} />
      )}
      {way === 'hook' && !takesHooks && <ErrorBox text={t('connect.needs_https')} />}
      {fields.map((f) => {
        const value = values[f.name] ?? '';
        const isWrong = wrong === f.name;
        const label = fieldLabel(form.platform, f.name);
        return (
          <Field
            key={f.name}
            label={isNeeded(f) ? label : t('connect.optional', { label })}
            type={f.is_secret ? 'password' : 'text'}
            inputMode={f.name === 'day_limit' ? 'decimal' : f.pattern.startsWith('^[0-9]{') ? 'numeric' : undefined}
            autocomplete="off"
            spellcheck={false}
            value={value}
            onInput={(v) => {
              setValues({ ...values, [f.name]: v });
              if (v.length - value.length > 5) setLeft({ ...left, [f.name]: true });
            }}
            onBlur={() => setLeft({ ...left, [f.name]: true })}
            help={help(f)}
            error={left[f.name] || isWrong ? oddity(f, value) ?? (isWrong ? problem!.message : null) : null}
          />
        );
      })}
      {problem && !fields.some((f) => f.name === wrong) && <ErrorBox text={problem.message} code={problem.code} />}
      {form.makes.length > 1 && <p class="soft">{t('connect.pair')}</p>}
      <Button type="submit" kind="primary" size={48} busy={isBusy} disabled={!isWhole || (way === 'hook' && !takesHooks)}>{t('channel.connect')}</Button>
    </form>
  );
}

export function ConnectSheet({ platform, onClose }: { platform: string; onClose: () => void }) {
  const { forms, problem, load } = useForms();
  const form = forms?.items.find((f) => f.platform === platform);
  return (
    <Sheet title={t('connect.title', { platform: platformName(platform) })} onClose={onClose}>
      {problem && <ErrorBox text={problem.message} code={problem.code} onRetry={load} />}
      {!forms && !problem && <Skeleton rows={4} />}
      {form && <FormBody form={form} takesHooks={forms!.takes_hooks} />}
    </Sheet>
  );
}

// ---- on the way: what is done, what is awaited, what is wrong ----

type Mark = 'done' | 'bad' | 'wait';
function Step({ mark, title, text, children }: { mark: Mark; title: string; text?: string; children?: preact.ComponentChildren }) {
  return (
    <li class={mark === 'wait' ? '' : mark}>
      <span class="step-mark"><Icon name={mark === 'done' ? 'check' : mark === 'bad' ? 'bang' : 'hourglass'} size={18} /></span>
      <div><h3>{title}</h3>{text && <p>{text}</p>}{children}</div>
    </li>
  );
}

function LoginButton({ channel }: { channel: Channel }) {
  const leave = () => void api.channelLogin(channel.id).then((url) => location.assign(url), complain);
  return <Button kind="primary" size={48} icon="out" onClick={leave}>{t('connect.login', { platform: platformName(channel.platform) })}</Button>;
}
function Login({ channel }: { channel: Channel }) {
  const platform = platformName(channel.platform);
  const isRefused = new URLSearchParams(location.search).get('login') === 'refused';
  return (
    <Step mark={isRefused ? 'bad' : 'wait'} title={t('connect.login', { platform })} text={t(isRefused ? 'connect.login_refused' : 'connect.login_text', { platform })}>
      <LoginButton channel={channel} />
    </Step>
  );
}
const HAS_LOGIN = ['facebook', 'instagram', 'youtube', 'x'];

function Account({ channel: c }: { channel: Channel }) {
  const platform = platformName(c.platform);
  const fault = c.facts.fault;
  if (c.status === 'checking') return <Step mark="wait" title={t('connect.checking')} text={t('connect.checking_text', { platform })} />;
  if (c.status_code === 'choose_account')
    return (
      <Step mark="wait" title={t('connect.which')} text={t('connect.which_text')}>
        <div class="options">
          {c.facts.accounts?.map((a) => (
            <Button key={a.id} size={48} onClick={() => void api.channelChoose(c.id, a.id).then(loadChannels, complain)}>{a.name ?? a.username ?? a.id}</Button>
          ))}
        </div>
      </Step>
    );
  if (c.status === 'broken')
    return (
      <Step mark="bad" title={t('connect.refused')} text={channelReason(c)}>
        {fault?.text && <p class="meta" lang="en">{t('connect.their_words', { platform, text: fault.text })}</p>}
        <span class="button-line">{HAS_LOGIN.includes(c.platform) && c.facts.app_id !== undefined && <LoginButton channel={c} />}<a class="button plain h48" href={href('channels', c.platform === 'messenger' ? 'facebook' : c.platform)}>{t('connect.again')}</a></span>
      </Step>
    );
  return (
    <>
      <Step mark="done" title={c.name} text={t('connect.known', { platform })} />
      {(c.facts.missing?.length ?? 0) > 0 && <Step mark="bad" title={t('connect.missing_title')} text={t('connect.missing', { list: c.facts.missing!.join(', ') })} />}
    </>
  );
}

function Hook({ channel: c }: { channel: Channel }) {
  const platform = platformName(c.platform);
  const isSeen = Boolean(c.hook_looked_at) || c.last_event_at !== null;
  const isSet = c.facts.hook?.is_set === true && (!c.verify_token || isSeen);
  if (!c.hook_url) return null;
  const paste = (
    <>
      <Paste label={t('connect.hook_url')} value={c.hook_url} />
      {c.verify_token && <Paste label={t('connect.verify')} value={c.verify_token} />}
    </>
  );
  return (
    <Step mark={isSet ? 'done' : 'wait'} title={isSet ? t('connect.hook_set') : t('connect.hook_wait', { platform })}
      text={isSet ? (isSeen ? t('connect.hook_seen', { platform }) : undefined) : t('connect.hook_paste', { platform })}>
      {isSet ? <details class="how-box"><summary>{t('connect.hook_url')}</summary>{paste}</details> : paste}
      {c.verify_token && (
        <details class="how-box">
          <summary>{t('connect.review')}</summary>
          <p>{t('connect.review_text')}</p>
          <Paste label={t('connect.deauthorised_url')} value={`${c.hook_url}/deauthorised`} />
          <Paste label={t('connect.deletion_url')} value={`${c.hook_url}/deletion`} />
        </details>
      )}
    </Step>
  );
}

function Past({ channel: c }: { channel: Channel }) {
  const { backfill, backfill_count: n } = c.health;
  if (backfill === 'none') return null;
  if (backfill === 'given_up') return <Step mark="wait" title={t('connect.past_none')} />;
  return <Step mark={backfill === 'done' ? 'done' : 'wait'} title={t(backfill === 'done' ? 'connect.past_done' : 'connect.past')} text={backfill === 'done' && n === 0 ? t('connect.past_empty') : t('connect.past_count', { n })} />;
}

function Progress({ channel: c }: { channel: Channel }) {
  const isWell = c.status === 'healthy' || c.status === 'quiet';
  const hasMessage = c.last_event_at !== null || c.messages_24h > 0;
  return (
    <>
      <ol class="steps" aria-live="polite">
        <Step mark="done" title={t('connect.kept')} text={t('connect.kept_text')} />
        {c.facts.needs_login && c.status !== 'broken' ? <Login channel={c} /> : <Account channel={c} />}
        {isWell && c.transport === 'hook' && <Hook channel={c} />}
        {isWell && <Step mark={hasMessage ? 'done' : 'wait'} title={t(hasMessage ? 'connect.arrived' : 'connect.hello')} text={hasMessage ? undefined : t('connect.hello_text')} />}
        {isWell && <Past channel={c} />}
      </ol>
      {isWell && hasMessage && <a class="button primary h48" href={href('inbox')}>{t('telegram.see')}</a>}
    </>
  );
}

export function ChannelSheet({ id, onClose }: { id: Id; onClose: () => void }) {
  const last = useRef<Channel | null>(null);
  const all = channels.value;
  // An account that was connected before keeps its channel: the new one goes, and the way leads on there.
  const found = all?.find((c) => c.id === id) ?? null;
  const heir = !found && last.current ? all?.filter((c) => c.platform === last.current!.platform).sort((a, b) => (b.status_since ?? '').localeCompare(a.status_since ?? ''))[0] : null;
  if (found) last.current = found;
  useEffect(() => {
    void loadChannels();
    const timer = setInterval(loadChannels, 3000);
    return () => clearInterval(timer);
  }, [id]);
  useEffect(() => {
    if (heir) go(href('channels', heir.id), true);
    else if (all && !found && !last.current) onClose();
  }, [heir?.id, all === null]);
  const shown = found ?? heir;
  return (
    <Sheet title={shown ? shown.name : t('connect.checking')} onClose={onClose}>
      {shown ? <Progress channel={shown} /> : <Skeleton rows={3} />}
    </Sheet>
  );
}
