// The connected accounts: how each is, on what evidence, and one remedy when something is wrong.
import { useEffect, useState } from 'preact/hooks';
import { api, type Problem } from '../api';
import { clock, DAY, full, isSameDay, MINUTE, now, spoken } from '../format';
import { go, href, route } from '../router';
import { channelReason } from '../reasons';
import { PageFrame } from '../shell';
import { complain, say } from '../state/acts';
import { channels, isWarned, loadChannels } from '../state/channels';
import { can } from '../state/session';
import { Button, Chip, Empty, ErrorBox, Skeleton, type Tone } from '../ui/basics';
import { Platform, PLATFORM_NAMES, platformName } from '../ui/icon';
import { Menu, Sheet } from '../ui/layers';
import { later } from '../gen/later.id';
import { addWords, t, type Key } from '../words';
import type { Channel } from '../types';
import { ChannelSheet, ChooseSheet, ConnectSheet } from './connect';
import { TelegramSheet } from './telegram';

addWords(later);

const STATUS: Record<Channel['status'], { tone: Tone; icon: string; word: Key }> = {
  healthy: { tone: 'selesai', icon: 'check', word: 'channel.healthy' },
  quiet: { tone: 'kunyit', icon: 'warn', word: 'channel.quiet' },
  broken: { tone: 'cabai', icon: 'bang', word: 'channel.broken' },
  paused: { tone: 'neutral', icon: 'clock', word: 'channel.paused' },
  checking: { tone: 'langit', icon: 'hourglass', word: 'channel.checking' },
};
const NEW_TOKEN = new Set(['unauthorized', 'login_again', 'permission_missing', 'deauthorised', 'other_account', 'app_secret_wrong', 'account_missing', 'no_page']);
const WARNED = { tone: 'kunyit' as Tone, icon: 'warn', word: 'channel.warned' as Key };
function evidence(c: Channel): string {
  if (c.transport === 'file') return c.last_event_at ? t('channel.file_last', { at: full(c.last_event_at) }) : t('channel.file');
  if (c.status === 'checking') return c.facts.needs_login ? t('channel.login_wait', { platform: platformName(c.platform) }) : t('channel.checking_text');
  if (c.status === 'paused') return c.status_since ? t('channel.paused_since', { at: full(c.status_since) }) : t('channel.paused_text');
  if (c.status === 'broken') return channelReason(c);
  if (!c.last_event_at) return t('channel.nothing_yet');
  const ago = now.value - Date.parse(c.last_event_at);
  if (ago < MINUTE) return t('channel.last_now', { n: c.messages_24h });
  return t('channel.last', { ago: spoken(ago), n: c.messages_24h });
}

export function warning(c: Channel): string {
  const { warning: what, expires_at, usual_gap_s, sends_waiting } = c.health;
  if (what === 'expired') return t('channel.warn.expired');
  if (what === 'hook_gone') return t('channel.warn.hook_gone');
  if (what === 'expires') return t('channel.warn.expires', { name: c.name, n: Math.max(0, Math.floor((Date.parse(expires_at!) - now.value) / DAY)) });
  if (what === 'sends_fail') return t('channel.warn.sends_fail', { n: sends_waiting });
  if (what === 'silent') return t('channel.warn.silent', { ago: spoken(now.value - Date.parse(c.last_event_at!)), usual: spoken((usual_gap_s ?? 0) * 1000) });
  return t('channel.warn.permission', { list: (c.facts.missing ?? []).join(', ') });
}
// A gap of a minute or two loses nobody's words; an account that never worked has nothing to miss yet.
function Gaps({ channel }: { channel: Channel }) {
  const isLong = (g: { from: string; to: string | null }) => (g.to ? Date.parse(g.to) : now.value) - Date.parse(g.from) >= 5 * MINUTE;
  return channel.health.gaps.filter(isLong).map((g) => (
    <span key={g.from} class="soft">
      {t('channel.gap', { from: full(g.from), to: g.to ? (isSameDay(g.from, g.to) ? clock(g.to) : full(g.to)) : t('channel.gap_open') })}
    </span>
  ));
}

function RemoveSheet({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const remove = () => api.removeChannel(channel.id).then(() => (onClose(), say(t('channel.removed')), loadChannels()), complain);
  return (
    <Sheet title={t('channel.remove')} onClose={onClose}>
      <div class="form">
        <p>{t('channel.remove_text', { name: channel.name })}</p>
        <Button kind="danger" size={48} onClick={remove}>{t('channel.remove')}</Button>
      </div>
    </Sheet>
  );
}

function Line({ channel: c, onRemove }: { channel: Channel; onRemove: () => void }) {
  const isOdd = isWarned(c);
  const status = c.transport === 'file' ? null : isOdd ? WARNED : STATUS[c.status];
  const { limit, used } = c.facts.quota ?? {};
  const needsMore = c.status === 'checking' || c.status_code === 'choose_account';
  const isBad = c.status === 'broken' || isOdd;
  // Only another token helps these; asking again would say the same.
  const needsNew = isBad && (NEW_TOKEN.has(c.status_code ?? '') || c.health.warning === 'expired' || c.health.warning === 'expires');
  const act = (what: 'check' | 'pause' | 'resume') => void api.channelAct(c.id, what).then(loadChannels, complain);
  const items = [
    ...(c.transport !== 'file' && c.platform !== 'telegram' ? [{ label: t('channel.more'), icon: 'info', run: () => go(href('channels', c.id)) }] : []),
    ...(c.transport !== 'file' ? [{ label: t('channel.check'), icon: 'search', run: () => act('check') }] : []),
    ...(c.transport !== 'file' && c.status !== 'paused' ? [{ label: t('channel.pause'), icon: 'clock', run: () => act('pause') }] : []),
    { label: t('channel.remove'), icon: 'trash', isDanger: true, run: onRemove },
  ];
  return (
    <li class="line channel">
      <span class={`tile glyph-${c.platform}`}><Platform platform={c.platform} size={40} /></span>
      <div class="line-main">
        <span class="line-top">
          <b dir="auto">{c.name}</b>
          {status && <Chip tone={status.tone} icon={status.icon}>{t(status.word)}</Chip>}
        </span>
        <span class="soft">{evidence(c)}</span>
        {isOdd && <span class="warned">{warning(c)}</span>}
        <Gaps channel={c} />
        {limit !== undefined && used !== undefined && <span class="soft">{t('channel.quota', { used, limit })}</span>}
        {can('channel.edit') && c.transport !== 'file' && (
          <span class="button-line">
            {needsNew && <a class="button primary h36" href={href('channels', c.platform === 'messenger' ? 'facebook' : c.platform)}>{t('channel.reconnect')}</a>}
            {isBad && !needsMore && <Button kind={needsNew ? 'plain' : 'primary'} size={36} onClick={() => act('check')}>{t('channel.check')}</Button>}
            {c.platform !== 'telegram' && needsMore && (
              <a class="button primary h36" href={href('channels', c.id)}>
                {c.status === 'checking' && c.facts.needs_login ? t('connect.login', { platform: platformName(c.platform) }) : t('channel.more')}
              </a>
            )}
          </span>
        )}
        {can('channel.edit') && c.status === 'paused' && <span><Button size={36} onClick={() => act('resume')}>{t('channel.resume')}</Button></span>}
      </div>
      {can('channel.edit') && <Menu icon="dots" label={t('channel.menu', { name: c.name })} items={items} />}
    </li>
  );
}

// What lies over the list: the choice of platforms, one platform's form, or one channel on its way.
function Over({ id }: { id: string | null }) {
  const close = () => go(href('channels'), true);
  if (id === null) return null;
  if (id === 'new') return <ChooseSheet onClose={close} />;
  if (id === 'telegram') return <TelegramSheet onClose={close} />;
  if (PLATFORM_NAMES[id]) return <ConnectSheet key={id} platform={id} onClose={close} />;
  return <ChannelSheet id={id} onClose={close} />;
}

export function ChannelsPage() {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [removed, setRemoved] = useState<Channel | null>(null);
  const load = () => void api.channels().then((c) => ((channels.value = c), setProblem(null)), setProblem);
  useEffect(load, []);
  const all = channels.value;
  const mayEdit = can('channel.edit');
  useEffect(() => {
    if (new URLSearchParams(location.search).get('login') !== 'over') return;
    say(t('connect.login_over'));
    history.replaceState(history.state, '', location.pathname);
  }, []);
  return (
    <PageFrame title={t('nav.channels')} action={mayEdit && <Button kind="primary" icon="plus" onClick={() => go(href('channels', 'new'))}>{t('channel.connect')}</Button>}>
      <div class="column wide">
        {!mayEdit && <p class="soft">{t('channel.read_only')}</p>}
        {problem && <ErrorBox text={problem.message} code={problem.code} onRetry={load} />}
        {!all && !problem && <Skeleton rows={3} />}
        {all?.length === 0 && (
          <Empty title={t('channel.none')} text={t('channel.none_text')}>
            {can('import.run') && <a class="button plain h40" href={href('import')}>{t('welcome.import')}</a>}
          </Empty>
        )}
        <ul class="plain-list lines">{all?.map((c) => <Line key={c.id} channel={c} onRemove={() => setRemoved(c)} />)}</ul>
      </div>
      {removed && <RemoveSheet channel={removed} onClose={() => setRemoved(null)} />}
      {mayEdit && <Over id={route.value.id} />}
    </PageFrame>
  );
}
