// The server's live events. They carry ids only: whoever listens asks again for what changed.
import { effect, signal } from '@preact/signals';
import { base } from '../api';

export interface Change {
  kind: 'conversation' | 'channel' | 'archive' | 'reset';
  thread: string | null;
}

export const isOnline = signal(navigator.onLine);
export const isLive = signal(true);

const listeners = new Set<(changes: Change[]) => void>();
let queue: Change[] = [];
let source: EventSource | null = null;
let wait = 1000;
let timer = 0;

export function listen(listener: (changes: Change[]) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// A burst becomes one round of questions.
function push(change: Change): void {
  if (queue.length === 0) setTimeout(flush, 60);
  queue.push(change);
}
function flush(): void {
  const changes = queue;
  queue = [];
  listeners.forEach((l) => l(changes));
}

function parse(kind: Change['kind'], data: string): Change {
  try {
    return { kind, thread: JSON.parse(data).thread ?? null };
  } catch {
    return { kind, thread: null };
  }
}

let isFirst = true;
export function connect(): void {
  source?.close();
  clearTimeout(timer);
  source = new EventSource(`${base()}/events`);
  source.onopen = () => {
    wait = 1000;
    isLive.value = true;
    // what happened while the line was down is not told again
    if (!isFirst) push({ kind: 'reset', thread: null });
    isFirst = false;
  };
  for (const kind of ['conversation', 'channel', 'archive', 'reset'] as const)
    source.addEventListener(kind, (e) => push(parse(kind, (e as MessageEvent<string>).data)));
  // Another window of the same person has our place: ask for it back when somebody looks here again.
  source.addEventListener('taken', () => {
    source?.close();
    addEventListener('focus', connect, { once: true });
  });
  source.onerror = () => {
    isLive.value = false;
    if (source?.readyState !== EventSource.CLOSED) return;
    timer = window.setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, 30_000);
  };
}

// a page that goes away gives its stream back at once: a person may hold only a few
addEventListener('pagehide', () => source?.close());
addEventListener('pageshow', (e) => e.persisted && source && connect());
addEventListener('online', () => (isOnline.value = true));
addEventListener('offline', () => (isOnline.value = false));
effect(() => {
  if (isOnline.value && source) connect();
});
