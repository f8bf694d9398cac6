// The strand, oldest above. Opens at its end, keeps its place when older messages arrive.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { day } from '../format';
import { isLoadingOlder, loadOlder, thread } from '../state/thread';
import { letters } from '../state/outbox';
import { Button, Skeleton } from '../ui/basics';
import { Icon } from '../ui/icon';
import { t, type Key } from '../words';
import type { Activity, Message, ModerateAct } from '../types';
import { Bubble, SystemLine } from './bubble';
import type { Moderating } from './moderate';
import { Pending } from './pending';
import { timeline, type Item } from './timeline';

const ACTS: Record<Activity['kind'], { icon: string; text: Key; nameless: Key }> = {
  resolved: { icon: 'check', text: 'acted.resolved', nameless: 'acted.resolved_by_itself' },
  reopened: { icon: 'undo', text: 'acted.reopened', nameless: 'acted.reopened_by_itself' },
  assigned: { icon: 'person', text: 'acted.assigned', nameless: 'acted.assigned_by_itself' },
  no_reply: { icon: 'check', text: 'acted.no_reply', nameless: 'acted.no_reply_by_itself' },
  spam: { icon: 'spam', text: 'acted.spam', nameless: 'acted.spam_by_itself' },
  not_spam: { icon: 'undo', text: 'acted.not_spam', nameless: 'acted.not_spam_by_itself' },
  merged: { icon: 'people', text: 'acted.merged', nameless: 'acted.merged_by_itself' },
  split: { icon: 'person', text: 'acted.split', nameless: 'acted.split_by_itself' },
  moderated: { icon: 'check', text: 'acted.edit', nameless: 'acted.edit_by_itself' },
};
const MODERATED: Record<ModerateAct, { icon: string; text: Key }> = {
  hide: { icon: 'eye-off', text: 'acted.hide' }, unhide: { icon: 'eye', text: 'acted.unhide' }, delete: { icon: 'trash', text: 'acted.delete' },
  like: { icon: 'heart', text: 'acted.like' }, unlike: { icon: 'heart', text: 'acted.unlike' }, hold: { icon: 'hourglass', text: 'acted.hold' },
  publish: { icon: 'eye', text: 'acted.publish' }, reject: { icon: 'spam', text: 'acted.reject' }, edit: { icon: 'check', text: 'acted.edit' },
  react: { icon: 'heart', text: 'acted.react' },
};

export interface Handles {
  onReply: ((m: Message) => void) | null;
  onPrivate: ((m: Message) => void) | null;
  onModerate: (what: Moderating) => void;
  onVersions: (m: Message) => void;
}

function Line({ item, isGroup, handles }: { item: Item; isGroup: boolean; handles: Handles }) {
  if (item.kind === 'episode')
    return <h3 class="rule episode"><span>{t('thread.episode', { n: item.number, day: day(item.episode.first_at) })}</span></h3>;
  if (item.kind === 'act') {
    const moderated = item.act.kind === 'moderated' ? MODERATED[item.act.detail?.act ?? 'edit'] : null;
    const act = moderated ? { ...moderated, nameless: 'acted.edit_by_itself' as const } : (ACTS[item.act.kind] ?? ACTS.reopened);
    const text = item.act.person ? t(act.text, { name: item.act.person }) : t(act.nameless);
    return <SystemLine icon={act.icon} text={text} at={item.act.at} />;
  }
  return <Bubble message={item.message} opensTurn={item.opensTurn} isGroup={isGroup} {...handles} />;
}

// One tab stop for the whole strand: arrows walk from message to message, m opens the menu of one.
function walk(event: KeyboardEvent): void {
  const log = event.currentTarget as HTMLElement;
  const at = (event.target as HTMLElement).closest<HTMLElement>('[data-message]');
  if (event.key === 'm' && at === event.target) {
    event.preventDefault();
    event.stopPropagation();
    at?.querySelector<HTMLElement>('.bubble-menu > button')?.click();
    return;
  }
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (!step || (event.target as HTMLElement).closest('[role=menu]')) return;
  event.preventDefault();
  const all = [...log.querySelectorAll<HTMLElement>('[data-message]')];
  const next = at ? all[all.indexOf(at) + step] : all[all.length - 1];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

export function Messages({ handles }: { handles: Handles }) {
  const now = thread.value!;
  const box = useRef<HTMLDivElement>(null);
  const place = useRef({ first: '', height: 0, isAtEnd: true, id: '' });
  const [isNewBelow, setNewBelow] = useState(false);
  const messages = now.messages;
  const newest = messages?.at(-1)?.id ?? '';
  const onItsWay = now.pending.length + letters.value.length;

  useLayoutEffect(() => {
    const el = box.current;
    if (!el || !messages) return;
    const was = place.current;
    const first = messages[0]?.id ?? '';
    if (was.id !== now.id || was.isAtEnd) el.scrollTop = el.scrollHeight;
    else if (was.first !== first) el.scrollTop += el.scrollHeight - was.height;
    place.current = { first, height: el.scrollHeight, isAtEnd: was.id !== now.id || was.isAtEnd, id: now.id };
  }, [now.id, messages, now.activity, now.pending, onItsWay]);
  useEffect(() => {
    if (newest && !place.current.isAtEnd) setNewBelow(true);
  }, [newest]);
  useEffect(() => setNewBelow(false), [now.id]);
  // a field that grows or a keyboard that opens must not hide the newest message
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const observer = new ResizeObserver(() => place.current.isAtEnd && (el.scrollTop = el.scrollHeight));
    observer.observe(el);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const el = box.current!;
    place.current.isAtEnd = el.scrollHeight - el.scrollTop - el.clientHeight < 80;
    place.current.height = el.scrollHeight;
    if (place.current.isAtEnd) setNewBelow(false);
    if (el.scrollTop < 600) void loadOlder();
  };
  const toEnd = () => {
    const el = box.current!;
    el.scrollTop = el.scrollHeight;
    setNewBelow(false);
  };
  const isGroup = now.conversation?.type !== 'direct'; // several people speak
  return (
    <div class="messages-place">
      <div class="messages" ref={box} onScroll={onScroll} onKeyDown={walk} role="log" aria-label={t('thread.messages')} tabIndex={0}>
        {!messages && !now.problem && <Skeleton shape="bubble" rows={4} />}
        {messages && !now.next && <p class="system-line">{t('thread.beginning')}</p>}
        {messages && now.next && (
          <p class="system-line"><Button size={36} kind="quiet" busy={isLoadingOlder.value} onClick={loadOlder}>{t('thread.older')}</Button></p>
        )}
        {messages && timeline(messages, now.activity, now.conversation).map((d) => (
          <section key={d.at + d.items[0]!.key} class="day">
            {d.items[0]!.kind !== 'episode' && <h3 class="rule"><span>{day(d.at)}</span></h3>}
            {d.items.map((item) => <Line key={item.key} item={item} isGroup={isGroup} handles={handles} />)}
          </section>
        ))}
        <Pending />
      </div>
      {isNewBelow && <button type="button" class="pill pill-low" onClick={toEnd}><Icon name="down" size={16} />{t('thread.new_below')}</button>}
    </div>
  );
}
