// The open conversation: its newest messages, older ones on demand, and what is on its way out.
import { signal } from '@preact/signals';
import { api, csrfToken, type Problem } from '../api';
import { listen } from './events';
import { markRead, put } from './inbox';
import { go, href, route } from '../router';
import type { Activity, Conversation, Id, Message, MessagePage, Outbox } from '../types';

export interface Thread {
  id: Id;
  conversation: Conversation | null;
  messages: Message[] | null; // oldest first
  pending: Outbox[];
  activity: Activity[];
  next: string | null;
  problem: Problem | null;
}

export const thread = signal<Thread | null>(null);
export const isLoadingOlder = signal(false);

function update(id: Id, change: Partial<Thread>): void {
  const now = thread.value;
  if (now && now.id === id) thread.value = { ...now, ...change };
}

export function open(id: Id | null): void {
  if (thread.value?.id === id) return;
  if (!id) {
    thread.value = null;
    return;
  }
  thread.value = { id, conversation: null, messages: null, pending: [], activity: [], next: null, problem: null };
  void refresh(id);
}

export function byTime(a: Message, b: Message): number {
  return a.sent_at < b.sent_at ? -1 : a.sent_at > b.sent_at ? 1 : a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}

function joined(old: Message[], page: Message[]): { messages: Message[]; isGap: boolean } {
  const fresh = new Map(page.map((m) => [m.id, m]));
  const isGap = old.length > 0 && page.length > 0 && !old.some((m) => fresh.has(m.id));
  const messages = (isGap ? [] : old.filter((m) => !fresh.has(m.id))).concat(page).sort(byTime);
  return { messages, isGap };
}

function joinActivity(old: Activity[], page: Activity[]): Activity[] {
  const fresh = new Set(page.map((a) => a.id));
  return old.filter((a) => !fresh.has(a.id)).concat(page);
}

// A strand is read as one: when a new episode has begun, the window goes along with it.
async function fetchStrand(id: Id): Promise<[Conversation, MessagePage]> {
  const [conversation, page] = await Promise.all([api.conversation(id), api.messages(id)]);
  const newest = page.items[0]?.conversation ?? id;
  return [newest === id ? conversation : await api.conversation(newest), page];
}

export async function refresh(id: Id): Promise<void> {
  try {
    const [conversation, page] = await fetchStrand(id);
    const before = thread.value;
    if (!before || before.id !== id) return;
    if (conversation.id !== id) {
      thread.value = { ...before, id: conversation.id };
      if (route.value.page === 'inbox' && route.value.id === id) go(href('inbox', conversation.id), true);
      id = conversation.id;
    }
    const now = thread.value!;
    const { messages, isGap } = joined(now.messages ?? [], page.items);
    const isFirst = now.messages === null || isGap;
    update(id, {
      conversation,
      messages,
      pending: page.pending ?? [],
      activity: joinActivity(now.activity, page.activity ?? []),
      next: isFirst ? page.next : now.next,
      problem: null,
    });
    put(conversation);
    markSeen();
  } catch (e) {
    update(id, { problem: e as Problem });
  }
}

export async function loadOlder(): Promise<void> {
  const now = thread.value;
  if (!now?.next || !now.messages || isLoadingOlder.value) return;
  isLoadingOlder.value = true;
  try {
    const page = await api.messages(now.id, now.next);
    const current = thread.value;
    if (!current || current.id !== now.id) return;
    const known = new Set((current.messages ?? []).map((m) => m.id));
    update(now.id, {
      messages: page.items.filter((m) => !known.has(m.id)).concat(current.messages ?? []).sort(byTime),
      activity: joinActivity(current.activity, page.activity ?? []),
      next: page.next,
    });
  } catch (e) {
    update(now.id, { problem: e as Problem });
  } finally {
    isLoadingOlder.value = false;
  }
}

export const newestId = () => thread.value?.messages?.at(-1)?.id ?? null;

// Read means seen by a person: only while this page is in front.
let seen = '';
export function markSeen(): void {
  const now = thread.value;
  const newest = newestId();
  // before the server has told who this is, nothing may be written
  if (!now?.conversation || !newest || document.hidden || !csrfToken()) return;
  const mark = `${now.id}/${newest}`;
  if (seen === mark || (!now.conversation.unread && seen.startsWith(`${now.id}/`))) return;
  seen = mark;
  api.read(now.id, newest).then(() => markRead(now.id), () => undefined);
}
addEventListener('visibilitychange', markSeen);

export function addPending(id: Id, entry: Outbox): void {
  const now = thread.value;
  if (!now || now.id !== id) return;
  if (entry.message) update(id, { messages: (now.messages ?? []).concat(entry.message).sort(byTime) });
  else update(id, { pending: now.pending.filter((p) => p.id !== entry.id).concat(entry) });
}
export function dropPending(entry: Id): void {
  const now = thread.value;
  if (now) thread.value = { ...now, pending: now.pending.filter((p) => p.id !== entry) };
}

listen((changes) => {
  const now = thread.value;
  if (!now) return;
  const strand = now.conversation?.thread ?? null;
  const isMine = changes.some((c) => c.kind === 'reset' || (c.kind === 'conversation' && (!c.thread || c.thread === strand)));
  if (isMine) void refresh(now.id);
});
