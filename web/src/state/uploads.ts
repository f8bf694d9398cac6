// Files on their way up: four MiB at a time, each piece by its offset, so a cut line only repeats the last piece.
// Lives outside the screen: leaving the page does not stop an upload.
import { signal } from '@preact/signals';
import { api, base, csrfToken, Problem, problemOf } from '../api';
import { isOnline, listen } from './events';
import { can } from './session';
import { t } from '../words';
import type { Archive, Id } from '../types';

const PIECE = 4 * 1024 * 1024;

export interface Upload {
  name: string;
  size: number;
  sent: number;
  startedAt: number;
  isWaiting: boolean; // for the line to come back
  problem: Problem | null;
}

export const archives = signal<Archive[] | null>(null);
export const archivesProblem = signal<Problem | null>(null);
export const uploads = signal<ReadonlyMap<Id, Upload>>(new Map());
const stopped = new Set<Id>();
const starting = new Set<Id>();

function set(id: Id, change: Partial<Upload> | null): void {
  const next = new Map(uploads.value);
  const old = next.get(id);
  if (change === null) next.delete(id);
  else if (old) next.set(id, { ...old, ...change });
  uploads.value = next;
}

export function keepArchive(archive: Archive): void {
  const old = archives.value ?? [];
  archives.value = old.some((a) => a.id === archive.id)
    ? old.map((a) => (a.id === archive.id ? archive : a))
    : [archive, ...old];
}

export async function loadArchives(): Promise<void> {
  try {
    archives.value = await api.archives();
    archivesProblem.value = null;
    for (const a of archives.value) if (isWhole(a) && !uploads.value.has(a.id) && can('import.run')) void begin(a.id);
  } catch (e) {
    archivesProblem.value = e as Problem;
  }
}

// One piece by XMLHttpRequest: fetch tells nothing of how far an upload is.
function putPiece(id: Id, offset: number, piece: Blob, onProgress: (sent: number) => void): Promise<number> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `${base()}/archives/${id}/bytes?offset=${offset}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('X-CSRF-Token', csrfToken());
    request.upload.onprogress = (e) => onProgress(offset + e.loaded);
    request.onerror = request.onabort = request.ontimeout = () => fail(new Problem(0, 'offline', t('error.offline')));
    request.onload = () => {
      if (request.status === 200) return done(JSON.parse(request.responseText).received as number);
      fail(problemOf(request.status, request.responseText, request.getResponseHeader('Retry-After')));
    };
    request.send(piece);
  });
}

const pause = (ms: number) => new Promise<void>((go) => {
  const timer = setTimeout(go, ms);
  addEventListener('online', () => (clearTimeout(timer), go()), { once: true });
});

const isPassing = (p: Problem) => p.code === 'offline' || p.status === 503 || p.status === 429 || p.status === 502;

// Whether to go on after a failure, and from where.
async function recover(id: Id, problem: Problem, tries: number): Promise<number | null> {
  if (problem.code === 'bad_offset' && typeof problem.extra.received === 'number') return problem.extra.received;
  if (!isPassing(problem) || tries > 60) return null;
  set(id, { isWaiting: true });
  await pause(Math.min(1000 * 2 ** tries, 15_000));
  if (!isOnline.value) return -1;
  try {
    return (await api.archive(id)).received;
  } catch {
    return -1;
  }
}

async function run(archive: Archive, file: File): Promise<void> {
  let at = archive.received;
  let tries = 0;
  while (at < file.size) {
    if (stopped.delete(archive.id)) return set(archive.id, null);
    try {
      at = await putPiece(archive.id, at, file.slice(at, at + PIECE), (sent) => set(archive.id, { sent, isWaiting: false }));
      tries = 0;
      set(archive.id, { sent: at, isWaiting: false });
    } catch (e) {
      const next = await recover(archive.id, e as Problem, tries++);
      if (next === null) return set(archive.id, { problem: e as Problem, isWaiting: false });
      if (next >= 0) (at = next), set(archive.id, { sent: at, isWaiting: false });
    }
  }
  await begin(archive.id);
}

// All bytes are there, so nothing is needed of the person: also when the page went away between the last piece and this.
const isWhole = (a: Archive) => a.state === 'uploading' && a.size > 0 && a.received === a.size;
async function begin(id: Id, tries = 0): Promise<void> {
  if (tries === 0 && starting.has(id)) return;
  starting.add(id);
  try {
    keepArchive(await api.startArchive(id, {}));
    set(id, null);
  } catch (e) {
    const problem = e as Problem;
    if (isPassing(problem) && tries < 60) {
      set(id, { isWaiting: true });
      await pause(Math.min(1000 * 2 ** tries, 15_000));
      return begin(id, tries + 1);
    }
    // another window was quicker
    const now = problem.code === 'conflict' ? await api.archive(id).catch(() => null) : null;
    if (now && now.state !== 'uploading') keepArchive(now), set(id, null);
    else set(id, { problem, isWaiting: false });
  }
  starting.delete(id);
}

// A file that began before (this device or another) goes on where it stopped.
export async function upload(file: File): Promise<Id> {
  const begun = archives.value?.find((a) => a.state === 'uploading' && a.file_name === file.name && a.size === file.size);
  const archive = begun ? await api.archive(begun.id) : await api.createArchive(file.name, file.size);
  keepArchive(archive);
  if (!uploads.value.has(archive.id) || uploads.value.get(archive.id)!.problem) {
    uploads.value = new Map(uploads.value).set(archive.id, {
      name: file.name, size: file.size, sent: archive.received, startedAt: Date.now(), isWaiting: false, problem: null,
    });
    void run(archive, file);
  }
  return archive.id;
}

export async function takeBack(id: Id): Promise<void> {
  keepArchive(await api.undoArchive(id));
}

export async function remove(id: Id): Promise<void> {
  if (uploads.value.has(id)) stopped.add(id);
  await api.removeArchive(id);
  set(id, null);
  archives.value = archives.value?.filter((a) => a.id !== id) ?? null;
}

// Leaving the page drops a file that is on its way: the browser asks first.
addEventListener('beforeunload', (e) => {
  for (const [, u] of uploads.value) if (!u.problem && u.sent < u.size) e.preventDefault();
});

export const isRunning = (a: Archive) => a.state === 'queued' || a.state === 'reading' || a.state === 'merging' || a.state === 'undoing';

async function poll(): Promise<void> {
  for (const a of archives.value ?? []) if (isRunning(a)) await api.archive(a.id).then(keepArchive, () => undefined);
}
setInterval(poll, 1500);
listen((changes) => {
  if (archives.value && changes.some((c) => c.kind === 'archive' || c.kind === 'reset')) void loadArchives();
});
