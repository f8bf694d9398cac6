// Every call the panel makes. A failure is always a Problem with words for the person in `message`.
import { signal } from '@preact/signals';
import { platformName } from './ui/icon';
import { t } from './words';
import type {
  Archive, Channel, ConnectForm, Contact, ContactDetail, Conversation, Counts, Id, Language, Me, Merge, MessagePage,
  ModerateAct, ModerateReason, Outbox, Page, Person, RoleName, Row, Suggestion, Theme, View,
} from './types';

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly extra: { field?: string; newest?: Id; received?: number; retry_after?: number } = {},
  ) {
    super(message);
  }
}

export const isSessionOver = signal(false);
let csrf = '';
let business = '';

export function setBusiness(id: Id): void {
  business = id;
}
export function base(): string {
  return `/api/v1/b/${business}`;
}
export function csrfToken(): string {
  return csrf;
}
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

export function problemOf(status: number, body: string, retryAfter: string | null): Problem {
  try {
    const p = JSON.parse(body);
    if (typeof p.code === 'string') {
      const wait = Number(p.retry_after ?? retryAfter) || undefined;
      return new Problem(status, p.code, p.detail || p.title || t('error.internal'), { ...p, retry_after: wait });
    }
  } catch {
    // not our server's words: a proxy or a cut answer
  }
  return new Problem(status, status === 503 || status === 502 ? 'try_again' : 'internal', t('error.internal'));
}

// Bytes as they are.
async function put<T>(path: string, bytes: Blob): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { method: 'POST', credentials: 'same-origin', cache: 'no-store', body: bytes,
      headers: { 'Content-Type': 'application/octet-stream', 'X-CSRF-Token': csrf } });
  } catch {
    throw new Problem(0, 'offline', t('error.offline'));
  }
  const text = await answer.text();
  if (!answer.ok) throw problemOf(answer.status, text, answer.headers.get('Retry-After'));
  return JSON.parse(text) as T;
}

async function call<T>(method: string, path: string, body?: unknown, key?: string): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch {
    throw new Problem(0, 'offline', t('error.offline'));
  }
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  if (!answer.ok) {
    const problem = problemOf(answer.status, text, answer.headers.get('Retry-After'));
    if (problem.code === 'not_logged_in') isSessionOver.value = true;
    throw problem;
  }
  return (text ? JSON.parse(text) : undefined) as T;
}

function query(values: Record<string, string | number | null | undefined>): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(values)) if (v !== null && v !== undefined && v !== '') q.set(k, String(v));
  const s = q.toString();
  return s ? `?${s}` : '';
}

function keep(me: Me): Me {
  csrf = me.csrf;
  isSessionOver.value = false;
  return me;
}

export type Act = 'resolve' | 'reopen' | 'spam' | 'not-spam';
export type NoReplyReason = 'thanks' | 'spam' | 'not_for_us' | 'other';
export interface SendBody {
  text: string;
  seen: Id | null;
  reply_to?: Id;
  as?: 'private';
  file?: { hash: string; name: string };
}

export const api = {
  login: async (email: string, password: string) => keep(await call<Me>('POST', '/api/v1/login', { email, password })),
  logout: () => call<void>('POST', '/api/v1/logout', {}),
  me: async () => keep(await call<Me>('GET', '/api/v1/me')),
  editMe: async (edit: { language?: Language; theme?: Theme; name?: string }) =>
    keep(await call<Me>('PATCH', '/api/v1/me', edit)),
  password: (old: string, next: string) => call<void>('POST', '/api/v1/me/password', { old, new: next }),

  counts: () => call<Counts>('GET', `${base()}/counts`),
  conversations: (view: View, channel: Id | null, after?: string | null, limit = 50) =>
    call<Page<Row>>('GET', `${base()}/conversations${query({ view, channel, after, limit })}`),
  conversation: (id: Id) => call<Conversation>('GET', `${base()}/conversations/${id}`),
  messages: (id: Id, after?: string | null) =>
    call<MessagePage>('GET', `${base()}/conversations/${id}/messages${query({ after, limit: 50 })}`),
  versions: (id: Id) =>
    call<{ items: { version: number; seen_at: string; text: string | null }[] }>('GET', `${base()}/messages/${id}/versions`),
  send: (id: Id, body: SendBody, key: string) =>
    call<Outbox>('POST', `${base()}/conversations/${id}/messages`, body, key),
  upload: (file: Blob) => put<{ file: string; size: number }>(`${base()}/uploads`, file),
  act: (id: Id, act: Act) => call<Row>('POST', `${base()}/conversations/${id}/${act}`, {}),
  assign: (id: Id, person: Id | null) => call<Row>('POST', `${base()}/conversations/${id}/assign`, { person }),
  noReply: (id: Id, reason: NoReplyReason) => call<Row>('POST', `${base()}/conversations/${id}/no-reply`, { reason }),
  read: (id: Id, message: Id) => call<void>('POST', `${base()}/conversations/${id}/read`, { message }),
  moderate: (message: Id, act: ModerateAct, more: { reason?: ModerateReason; text?: string } = {}) =>
    call<void>('POST', `${base()}/messages/${message}/moderate`, { act, ...more }, newKey()),
  cancel: (outbox: Id) => call<void>('POST', `${base()}/outbox/${outbox}/cancel`, {}),
  retry: (outbox: Id, seen: Id | null, confirm: boolean) =>
    call<Outbox>('POST', `${base()}/outbox/${outbox}/retry`, { seen, confirm }),

  contacts: (q: string, after?: string | null) =>
    call<Page<Contact>>('GET', `${base()}/contacts${query({ q, after })}`),
  contact: (id: Id) => call<ContactDetail>('GET', `${base()}/contacts/${id}`),
  renameContact: (id: Id, name: string) => call<Contact>('PATCH', `${base()}/contacts/${id}`, { name }),
  suggestions: async (id: Id) => (await call<{ items: Suggestion[] }>('GET', `${base()}/contacts/${id}/suggestions`)).items,
  merges: async (id: Id) => (await call<{ items: Merge[] }>('GET', `${base()}/contacts/${id}/merges`)).items,
  merge: (id: Id, other: Id, key: string) =>
    call<{ id: Id; contact: Id }>('POST', `${base()}/contacts/${id}/merges`, { other }, key),
  undoMerge: (merge: Id) => call<{ id: Id; contact: Id }>('POST', `${base()}/merges/${merge}/undo`, {}),
  tellApart: (id: Id, other: Id) => call<void>('POST', `${base()}/contacts/${id}/apart`, { other }),
  eraseContact: (id: Id) => call<void>('DELETE', `${base()}/contacts/${id}`),

  people: () => call<Person[]>('GET', `${base()}/people`),
  addPerson: (person: { email: string; name: string; role: RoleName; password: string }) =>
    call<Person>('POST', `${base()}/people`, person, newKey()),
  editPerson: (id: Id, edit: { role?: RoleName; disabled?: boolean }) =>
    call<Person>('PATCH', `${base()}/people/${id}`, edit),

  // Until its platform has told its name, an account goes by the platform's.
  channels: async () => (await call<Page<Channel>>('GET', `${base()}/channels`)).items
    .map((c) => (c.name === c.platform ? { ...c, name: platformName(c.platform) } : c)),
  connectTelegram: (token: string, key: string) =>
    call<Channel>('POST', `${base()}/channels`, { platform: 'telegram', token }, key),
  platforms: () => call<{ takes_hooks: boolean; items: ConnectForm[] }>('GET', `${base()}/platforms`),
  connect: (body: { platform: string; transport: string; fields: Record<string, string> }, key: string) =>
    call<Channel>('POST', `${base()}/channels`, body, key),
  channelLogin: async (id: Id) => (await call<{ url: string }>('POST', `${base()}/channels/${id}/login`, {})).url,
  channelChoose: (id: Id, account: string) => call<Channel>('POST', `${base()}/channels/${id}/choose`, { account }),
  channelAct: (id: Id, act: 'check' | 'pause' | 'resume') => call<Channel>('POST', `${base()}/channels/${id}/${act}`, {}),
  removeChannel: (id: Id) => call<void>('DELETE', `${base()}/channels/${id}`),

  archives: async () => (await call<Page<Archive>>('GET', `${base()}/archives`)).items,
  archive: (id: Id) => call<Archive>('GET', `${base()}/archives/${id}`),
  createArchive: (file_name: string, size: number) =>
    call<Archive>('POST', `${base()}/archives`, { file_name, size }, newKey()),
  startArchive: (id: Id, options: { self?: string; date_order?: string; zone?: string }) =>
    call<Archive>('POST', `${base()}/archives/${id}/start`, options),
  undoArchive: (id: Id) => call<Archive>('POST', `${base()}/archives/${id}/undo`, {}),
  removeArchive: (id: Id) => call<void>('DELETE', `${base()}/archives/${id}`),
};
