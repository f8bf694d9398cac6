// The list of conversations: pages by cursor, refreshed by events, never moving under a finger.
import { signal } from '@preact/signals';
import { api, Problem } from '../api';
import { listen, type Change } from './events';
import { loadChannels } from './channels';
import type { Counts, Id, Row, View } from '../types';

export const view = signal<View>('waiting');
export const channel = signal<Id | null>(null);
export const counts = signal<Counts | null>(null);
export const rows = signal<Row[] | null>(null);
export const problem = signal<Problem | null>(null);
export const arrived = signal(0);
export const gone = signal<ReadonlySet<Id>>(new Set());
export const checked = signal<ReadonlySet<Id>>(new Set());
export const cursor = signal<string | null>(null);
const isLoadingMore = signal(false);

let waiting: Row[] | null = null;
let generation = 0;
let touchedAt = 0;
let isHovered = false;

// The list tells when a hand is on it; arrivals wait for three seconds of peace.
export function touch(): void {
  touchedAt = Date.now();
}
export function hover(on: boolean): void {
  isHovered = on;
}
const isBusy = () => isHovered || Date.now() - touchedAt < 3000;

const isWaiting = () => view.value === 'waiting';
function isAfter(a: Row, b: Row): boolean {
  return isWaiting() ? (a.wait_since ?? '') > (b.wait_since ?? '') : a.last_at < b.last_at;
}

// The fresh first page in front, then what was loaded beyond it.
function merge(fresh: Row[], old: Row[], isAll: boolean): Row[] {
  const last = fresh[fresh.length - 1];
  if (isAll || !last) return fresh;
  const ids = new Set(fresh.map((r) => r.id));
  const threads = new Set(fresh.map((r) => r.thread));
  return fresh.concat(old.filter((r) => !ids.has(r.id) && !threads.has(r.thread) && isAfter(r, last)));
}

function show(next: Row[]): void {
  waiting = null;
  arrived.value = 0;
  gone.value = new Set();
  rows.value = next;
}

function settle(next: Row[]): void {
  const old = rows.value;
  if (!old || !isBusy()) return show(next);
  const fresh = new Map(next.map((r) => [r.thread, r]));
  const known = new Set(old.map((r) => r.thread));
  const missing = old.filter((r) => !fresh.has(r.thread)).map((r) => r.id);
  waiting = next;
  arrived.value = next.filter((r) => !known.has(r.thread)).length;
  gone.value = new Set(missing);
  rows.value = old.map((r) => fresh.get(r.thread) ?? r);
}

export function showArrived(): void {
  if (waiting) show(waiting);
}

export async function load(): Promise<void> {
  const mine = ++generation;
  try {
    const page = await api.conversations(view.value, channel.value);
    if (mine !== generation) return;
    problem.value = null;
    const old = rows.value;
    const isShort = !old || old.length <= page.items.length;
    if (isShort) cursor.value = page.next;
    settle(merge(page.items, old ?? [], page.next === null));
  } catch (e) {
    if (mine === generation) problem.value = e as Problem;
  }
}

export const hasAsked = () => generation > 0;

export async function loadMore(): Promise<void> {
  const after = cursor.value;
  if (!after || isLoadingMore.value || !rows.value) return;
  isLoadingMore.value = true;
  const mine = generation;
  try {
    const page = await api.conversations(view.value, channel.value, after);
    if (mine !== generation && cursor.value !== after) return;
    const known = new Set(rows.value.map((r) => r.thread));
    cursor.value = page.next;
    rows.value = rows.value.concat(page.items.filter((r) => !known.has(r.thread)));
    problem.value = null;
  } catch (e) {
    problem.value = e as Problem;
  } finally {
    isLoadingMore.value = false;
  }
}

export async function loadCounts(): Promise<void> {
  try {
    counts.value = await api.counts();
  } catch {
    // the figures on the tabs stay as they were; the list says what is wrong
  }
}

export function choose(nextView: View, nextChannel: Id | null = channel.value): void {
  if (nextView === view.value && nextChannel === channel.value) return;
  view.value = nextView;
  channel.value = nextChannel;
  rows.value = null;
  cursor.value = null;
  checked.value = new Set();
  waiting = null;
  arrived.value = 0;
  gone.value = new Set();
  void load();
}

// An act's answer changes the row at once; the next refresh puts it where it belongs.
export function put(row: Row): void {
  rows.value = rows.value?.map((r) => (r.thread === row.thread ? { ...r, ...row } : r)) ?? null;
}
export function markRead(id: Id): void {
  rows.value = rows.value?.map((r) => (r.id === id && r.unread ? { ...r, unread: false } : r)) ?? null;
}

export function fits(row: Row): boolean {
  switch (view.value) {
    case 'waiting': return row.wait_since !== null && row.status === 'open';
    case 'resolved': return row.status === 'resolved';
    case 'spam': return row.status === 'spam';
    default: return row.status === 'open' || row.status === 'snoozed';
  }
}
export function fade(row: Row): void {
  put(row);
  if (!fits(row)) gone.value = new Set([...gone.value, row.id]);
}

export function toggleChecked(id: Id): void {
  const next = new Set(checked.value);
  if (!next.delete(id)) next.add(id);
  checked.value = next;
}

async function refreshBeyond(changes: Change[]): Promise<void> {
  const beyond = new Set(changes.map((c) => c.thread));
  const late = (rows.value ?? []).slice(50).filter((r) => beyond.has(r.thread)).slice(0, 10);
  for (const row of late) await api.conversation(row.id).then(put, () => undefined);
}

let isAsking = false;
let askAgain = false;
async function refresh(changes: Change[]): Promise<void> {
  if (isAsking) {
    askAgain = true;
    return;
  }
  isAsking = true;
  await Promise.all([load(), loadCounts(), refreshBeyond(changes)]);
  isAsking = false;
  if (askAgain) {
    askAgain = false;
    void refresh([]);
  }
}

listen((changes) => {
  if (changes.some((c) => c.kind !== 'archive')) void refresh(changes);
  if (changes.some((c) => c.kind === 'channel' || c.kind === 'reset')) void loadChannels();
});
// When the hand has left the list for a while, what waited comes in.
setInterval(() => {
  if ((waiting || gone.value.size) && !isBusy() && arrived.value === 0) waiting ? showArrived() : void load();
}, 1500);
