// Replies that left the field but not yet this device. They survive a closed tab and go out once: the server knows
// each by its key.
import { effect, signal } from '@preact/signals';
import { api, newKey, type Problem, type SendBody } from '../api';
import { isOnline } from './events';
import { business, me } from './session';
import { addPending, refresh } from './thread';
import type { Id, Outbox } from '../types';

export interface Letter {
  key: string;
  person: Id;
  conversation: Id;
  body: SendBody;
  created_at: string;
  state: 'sending' | 'waiting' | 'held'; // held: the server said no while nobody was looking
  why: string | null;
}

export const letters = signal<Letter[]>([]);
const place = () => `letters:${business.value?.id}:${me.value?.person.id}`;

function save(next: Letter[]): void {
  letters.value = next;
  localStorage.setItem(place(), JSON.stringify(next));
}
function set(key: string, change: Partial<Letter>): void {
  save(letters.value.map((l) => (l.key === key ? { ...l, ...change } : l)));
}
export function forget(key: string): void {
  save(letters.value.filter((l) => l.key !== key));
}

// Throws the server's refusal; an unreachable server is no refusal, the letter waits.
async function deliver(letter: Letter): Promise<Outbox | null> {
  set(letter.key, { state: 'sending', why: null });
  try {
    const entry = await api.send(letter.conversation, letter.body, letter.key);
    forget(letter.key);
    addPending(letter.conversation, entry);
    return entry;
  } catch (e) {
    const problem = e as Problem;
    if (problem.code === 'offline' || problem.status >= 502 || problem.code === 'not_logged_in') {
      set(letter.key, { state: 'waiting' });
      return null;
    }
    throw problem;
  }
}

export async function post(conversation: Id, body: SendBody): Promise<Outbox | null> {
  const letter: Letter = {
    key: newKey(),
    person: me.value!.person.id,
    conversation,
    body,
    created_at: new Date().toISOString(),
    state: 'sending',
    why: null,
  };
  save([...letters.value, letter]);
  try {
    return await deliver(letter);
  } catch (e) {
    forget(letter.key);
    throw e;
  }
}

export async function resend(letter: Letter, seen: Id | null = letter.body.seen): Promise<void> {
  const next = { ...letter, body: { ...letter.body, seen } };
  set(letter.key, next);
  try {
    await deliver(next);
  } catch (e) {
    set(letter.key, { state: 'held', why: (e as Problem).message });
    void refresh(letter.conversation);
  }
}

export function flush(): void {
  for (const letter of letters.value) if (letter.state === 'waiting') void resend(letter);
}

export function restore(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(place()) ?? '[]') as Letter[];
    letters.value = kept.map((l) => (l.state === 'sending' ? { ...l, state: 'waiting' } : l));
  } catch {
    letters.value = [];
  }
  flush();
}

setInterval(flush, 20_000);
effect(() => {
  if (isOnline.value) setTimeout(flush, 500);
});

// Drafts: one for each conversation, stored a moment after the last key.
const draftPlace = (id: Id) => `draft:${business.value?.id}:${me.value?.person.id}:${id}`;
export const draftOf = (id: Id) => localStorage.getItem(draftPlace(id)) ?? '';
export function keepDraft(id: Id, text: string): void {
  if (text) localStorage.setItem(draftPlace(id), text);
  else localStorage.removeItem(draftPlace(id));
}
