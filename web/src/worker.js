// The service worker: the panel opens without a line, and shows what was read last. What a person read is kept for her
// alone: it goes when she logs out, when another logs in, and when the server no longer knows her.
/* global __VERSION__, __SHELL__ */
const SHELL = `shell-${__VERSION__}`;
const ANSWERS = 'answers';
const MOST = 200;
const KEPT = /^\/api\/v1\/(me|b\/\d+\/(counts|channels|people|contacts|conversations)(\/|$))/;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((c) => c.addAll(__SHELL__)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('shell-') && name !== SHELL;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((n) => caches.delete(n)))).then(() => self.clients.claim()));
});

async function trim(cache) {
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST)).map((k) => cache.delete(k)));
}

// The server's word first; what it said last only when it can't be reached.
async function answer(request) {
  try {
    const fresh = await fetch(request);
    if (fresh.status === 401) await caches.delete(ANSWERS);
    if (fresh.ok) {
      const cache = await caches.open(ANSWERS);
      await cache.put(request.url, fresh.clone());
      void trim(cache);
    }
    return fresh;
  } catch (e) {
    const kept = await (await caches.open(ANSWERS)).match(request.url);
    if (kept) return kept;
    throw e;
  }
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (e) {
    const kept = await caches.match('/');
    if (kept) return kept;
    throw e;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === 'POST' && /^\/api\/v1\/log(in|out)$/.test(url.pathname)) event.waitUntil(caches.delete(ANSWERS));
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate' && !url.pathname.startsWith('/api/')) event.respondWith(page(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  else if (KEPT.test(url.pathname)) event.respondWith(answer(request));
});
