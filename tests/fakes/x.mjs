// A stateful X for one account: posts and their threads, direct messages, uploads, tokens that are rotated, webhooks with
// their challenge and subscriptions. It signs and delivers webhooks of both kinds. It misbehaves on request: delays,
// errors, cut lines before and after the work is done, windows that are used up.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const problem = (name) => `https://api.twitter.com/2/problems/${name}`;
const newestFirst = (list) => [...list].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1));

export class FakeX {
  constructor({ id = '1111111111', name = 'Toko Melati', username = 'tokomelati', token = 'x-token', refreshToken = 'x-refresh-0',
    clientId = 'x-client', clientSecret = 'x-client-secret', consumerKey = 'x-key', consumerSecret = 'x-consumer', pageSize = 100 } = {}) {
    Object.assign(this, { id, token, refreshToken, clientId, clientSecret, consumerKey, consumerSecret, pageSize });
    this.bearer = 'x-app-bearer';
    this.codes = new Map();            // code → {verifierHash, redirect}
    this.users = new Map();            // id → user
    this.posts = new Map();            // id → post
    this.messages = new Map();         // dm event id → event
    this.media = new Map();            // media id → {pieces, type, category, total, checks}
    this.files = new Map();            // "dm/media/name" → bytes
    this.hooks = new Map();            // id → {id, url, valid, created_at}
    this.subscriptions = new Map();
    this.sent = [];                    // what others can see of ours: {via, id, text, to, media}
    this.calls = [];
    this.faults = [];
    this.sockets = new Set();
    this.closedTo = new Set();         // users that take no direct messages
    this.unrelated = new Set();        // posts that may not be answered
    this.windows = new Map();          // path → calls left
    this.generation = 0;
    this.nextId = 1990000000000000000n;
    this.addUser(id, name, username);
  }

  // A fault takes the next `times` calls whose path has `path` in it: {status, body, headers, delayMs, cut: 'before' | 'after'}.
  next(path, fault, times = 1) {
    this.faults.push({ path, times, ...fault });
  }

  newId() {
    return String(++this.nextId);
  }

  addUser(id, name, username) {
    const user = { id, name, username, profile_image_url: `https://pbs.example/${id}.jpg`, public_metrics: { followers_count: 120, following_count: 3, tweet_count: 7, listed_count: 0 } };
    this.users.set(id, user);
    return user;
  }

  // A post of anybody's; `parent` is the id that it answers.
  post(author, text, parent = null, more = {}) {
    const id = this.newId(), above = parent && this.posts.get(parent);
    const post = { id, text, author_id: author, conversation_id: above?.conversation_id ?? parent ?? id, created_at: new Date().toISOString(), edit_history_tweet_ids: [id],
      ...(parent ? { referenced_tweets: [{ type: 'replied_to', id: parent }], ...(above ? { in_reply_to_user_id: above.author_id } : {}) } : {}),
      public_metrics: { retweet_count: 0, reply_count: 0, like_count: 0, quote_count: 0, bookmark_count: 0, impression_count: 1 }, ...more };
    this.posts.set(id, post);
    return post;
  }

  conversation(a, b) {
    return BigInt(a) < BigInt(b) ? `${a}-${b}` : `${b}-${a}`;
  }

  direct(from, to, text, more = {}) {
    const event = { id: this.newId(), event_type: 'MessageCreate', text, sender_id: from, dm_conversation_id: this.conversation(from, to), created_at: new Date().toISOString(), ...more };
    this.messages.set(event.id, event);
    return event;
  }

  // ---- webhooks ----

  sign(bytes) {
    return `sha256=${createHmac('sha256', this.consumerSecret).update(bytes).digest('base64')}`;
  }

  envelope(type, payload) {
    return { data: { event_uuid: String(-Number(this.newId().slice(-6))), filter: { user_id: this.id }, event_type: type, tag: 'tanggap', payload } };
  }

  oldDirect(event) {
    const to = event.dm_conversation_id.split('-').find((part) => part !== event.sender_id);
    return { type: 'message_create', id: event.id, created_timestamp: String(Date.parse(event.created_at)),
      message_create: { target: { recipient_id: to }, sender_id: event.sender_id, message_data: { text: event.text, entities: { urls: [] } } } };
  }

  async deliver(address, body) {
    const bytes = Buffer.from(JSON.stringify(body));
    const reply = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', 'x-twitter-webhooks-signature': this.sign(bytes) }, body: bytes });
    return reply.status;
  }

  // Does the address know the consumer secret?
  async challenge(address) {
    const token = randomBytes(24).toString('base64url');
    const reply = await fetch(`${address}?crc_token=${token}&nonce=${randomBytes(8).toString('base64url')}`, { redirect: 'manual' });
    const said = reply.status === 200 ? await reply.json().catch(() => ({})) : {};
    return said.response_token === this.sign(Buffer.from(token));
  }

  // ---- answering ----

  json(reply, status, body, headers = {}) {
    const bytes = Buffer.from(JSON.stringify(body));
    reply.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length, ...headers }).end(bytes);
  }

  refuse(reply, status, title, detail, type = 'about:blank') {
    this.json(reply, status, { title, detail, type, status });
  }

  gone(reply) {
    this.refuse(reply, 404, 'Not Found Error', 'Could not find the resource.', problem('resource-not-found'));
  }

  page(reply, all, query, beside) {
    const since = query.get('since_id'), from = query.get('start_time');
    const size = Math.min(this.pageSize, Number(query.get('max_results') ?? 100));
    const list = newestFirst(all).filter((item) => (!since || BigInt(item.id) > BigInt(since)) && (!from || item.created_at >= from));
    const at = query.has('pagination_token') ? Number(query.get('pagination_token').slice(20)) : 0;
    const part = list.slice(at, at + size);
    const users = [...new Set(part.map(beside))].map((id) => this.users.get(id)).filter(Boolean).map(({ public_metrics, ...user }) => user);
    if (!part.length) return this.json(reply, 200, { meta: { result_count: 0 } });
    return this.json(reply, 200, { data: part, ...(users.length ? { includes: { users } } : {}),
      meta: { result_count: part.length, newest_id: part[0].id, oldest_id: part.at(-1).id,
        ...(at + size < list.length ? { next_token: `aaaaaaaaaaaaaaaaaaaa${String(at + size)}` } : {}) } });
  }

  // The token endpoint is in no specification: it checks by itself.
  issue(rq, form, reply, path) {
    const basic = (user, secret) => rq.headers.authorization === `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
    const wanted = { '/oauth2/token': 'grant_type', authorization_code: 'code,code_verifier,grant_type,redirect_uri', refresh_token: 'grant_type,refresh_token' };
    const kind = form.get('grant_type');
    if (!(rq.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') || [...form.keys()].sort().join() !== (wanted[path] ?? wanted[kind]))
      return this.json(reply, 400, { error: 'invalid_request', error_description: `CONTRACT VIOLATION ${[...form.keys()]}` });
    if (path === '/oauth2/token')
      return basic(this.consumerKey, this.consumerSecret) ? this.json(reply, 200, { token_type: 'bearer', access_token: this.bearer })
        : this.json(reply, 403, { errors: [{ code: 99, message: 'Unable to verify your credentials' }] });
    if (!basic(this.clientId, this.clientSecret)) return this.json(reply, 401, { error: 'unauthorized_client', error_description: 'Missing valid authorization header' });
    const code = this.codes.get(form.get('code'));
    const proven = code && code.challenge === challengeOf(form.get('code_verifier') ?? '') && code.redirect === form.get('redirect_uri');
    if (kind === 'refresh_token' ? form.get('refresh_token') !== this.refreshToken : !proven)
      return this.json(reply, 400, { error: 'invalid_request', error_description: `Value passed for the ${kind === 'refresh_token' ? 'token' : 'authorization code'} was invalid.` });
    this.codes.delete(form.get('code'));
    this.generation++;
    this.token = `x-token-${this.generation}`;
    this.refreshToken = `x-refresh-${this.generation}`;
    return this.json(reply, 200, { token_type: 'bearer', expires_in: 7200, access_token: this.token, refresh_token: this.refreshToken,
      scope: 'tweet.read users.read tweet.write tweet.moderate.write dm.read dm.write media.write offline.access' });
  }

  allow(code, challenge, redirect) {
    this.codes.set(code, { challenge, redirect });
  }

  create(p, reply) {
    const to = p.reply?.in_reply_to_tweet_id;
    if (this.unrelated.has(to))
      return this.refuse(reply, 403, 'Forbidden', 'Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.');
    if (to && !this.posts.has(to)) return this.refuse(reply, 403, 'Forbidden', 'You attempted to reply to a Tweet that is deleted or not visible to you.');
    if ([...this.posts.values()].some((post) => post.author_id === this.id && post.said === p.text))
      return this.refuse(reply, 403, 'Forbidden', 'You are not allowed to create a Tweet with duplicate content.');
    const above = this.posts.get(to), who = this.users.get(above?.author_id)?.username;
    const shown = (p.text ?? '').replaceAll(/https?:\/\/\S+/g, 'https://t.co/abcdefghij').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const post = this.post(this.id, `${who ? `@${who} ` : ''}${shown}${p.media ? ' https://t.co/klmnopqrst' : ''}`, to);
    Object.defineProperty(post, 'said', { value: p.text });
    if (p.media) post.attachments = { media_keys: p.media.media_ids.map((id) => `3_${id}`) };
    this.sent.push({ via: 'post', id: post.id, text: p.text, to, media: p.media?.media_ids });
    return this.json(reply, 201, { data: { id: post.id, text: post.text } });
  }

  message(to, conversation, p, reply) {
    if (this.closedTo.has(to)) return this.refuse(reply, 403, 'Forbidden', 'You do not have permission to DM one or more participants.');
    const event = this.direct(this.id, to ?? this.id, p.text ?? '', { dm_conversation_id: conversation ?? this.conversation(this.id, to) });
    this.sent.push({ via: 'dm', id: event.id, text: p.text, to: to ?? conversation, media: p.attachments?.map((a) => a.media_id) });
    return this.json(reply, 201, { data: { dm_conversation_id: event.dm_conversation_id, dm_event_id: event.id } });
  }

  upload(path, query, bytes, p, reply) {
    const piece = /^\/2\/media\/upload\/(\d+)\/(append|finalize)$/.exec(path);
    if (path === '/2/media/upload/initialize' || (path === '/2/media/upload' && bytes.length)) {
      const id = this.newId(), type = path.endsWith('initialize') ? p : { media_category: bytes.includes('dm_image') ? 'dm_image' : 'tweet_image' };
      this.media.set(id, { ...type, pieces: path.endsWith('initialize') ? [] : [bytes], checks: 1 });
      return this.json(reply, 200, { data: { id, media_key: `3_${id}`, expires_after_secs: 86400 }, meta: {} });
    }
    const media = this.media.get(piece?.[1] ?? query.get('media_id'));
    if (!media) return this.gone(reply);
    if (piece?.[2] === 'append') media.pieces[p.segment_index] = Buffer.from(p.media, 'base64');
    const id = piece?.[1] ?? query.get('media_id');
    if (piece?.[2] === 'append') return this.json(reply, 200, { data: { expires_at: 1790000000 }, meta: {} });
    const state = piece ? 'pending' : media.checks-- > 0 ? 'in_progress' : 'succeeded';
    return this.json(reply, 200, { data: { id, media_key: `7_${id}`, processing_info: { type: 'async', state, check_after_secs: 1 } }, meta: {} });
  }

  hookCall(rq, path, query, p, reply) {
    const one = /^\/2\/webhooks\/(\d+)$/.exec(path)?.[1];
    if (path === '/2/activity/subscriptions' && rq.method === 'GET')
      return this.json(reply, 200, { data: [...this.subscriptions.values()], meta: { result_count: this.subscriptions.size } });
    if (path === '/2/activity/subscriptions' && rq.method === 'POST') {
      const id = this.newId(), now = new Date().toISOString();
      const subscription = { subscription_id: id, created_at: now, updated_at: now, ...p };
      this.subscriptions.set(id, subscription);
      return this.json(reply, 200, { data: { subscription }, meta: { total_subscriptions: this.subscriptions.size } });
    }
    if (path === '/2/activity/subscriptions') {
      for (const id of query.get('ids').split(',')) this.subscriptions.delete(id);
      return this.json(reply, 200, { data: { deleted: true }, meta: { total_subscriptions: this.subscriptions.size } });
    }
    if (rq.method === 'GET') return this.json(reply, 200, { ...(this.hooks.size ? { data: [...this.hooks.values()] } : {}), meta: { result_count: this.hooks.size } });
    if (rq.method === 'POST') {
      const hook = { id: this.newId(), url: p.url, valid: true, created_at: new Date().toISOString() };
      this.hooks.set(hook.id, hook);
      return this.json(reply, 200, hook);
    }
    if (!this.hooks.has(one)) return this.gone(reply);
    if (rq.method === 'PUT') this.hooks.get(one).valid = true;
    else this.hooks.delete(one);
    return this.json(reply, 200, { data: rq.method === 'PUT' ? { attempted: true } : { deleted: true } });
  }

  user(reply, id) {
    return this.users.has(id) ? this.json(reply, 200, { data: this.users.get(id) }) : this.json(reply, 200, { errors: [{ title: 'Not Found Error', detail: `Could not find user with id: [${id}].`, type: problem('resource-not-found') }] });
  }

  answer(rq, path, query, bytes, reply) {
    const p = (rq.headers['content-type'] ?? '').startsWith('application/json') && bytes.length ? JSON.parse(bytes.toString('utf8')) : {};
    if (path === '/2/oauth2/token' || path === '/oauth2/token') return this.issue(rq, new URLSearchParams(bytes.toString()), reply, path);
    const needsApp = path.startsWith('/2/webhooks') || path.startsWith('/2/activity');
    if (rq.headers.authorization !== `Bearer ${needsApp ? this.bearer : this.token}`) return this.refuse(reply, 401, 'Unauthorized', 'Unauthorized');
    if (this.windows.has(path)) {
      const left = this.windows.get(path), reset = String(Math.floor(Date.now() / 1000) + 600);
      this.windows.set(path, left - 1);
      if (left <= 0) return this.json(reply, 429, { title: 'Too Many Requests', detail: 'Too Many Requests', type: 'about:blank', status: 429 }, { 'x-rate-limit-limit': '15', 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': reset });
      reply.setHeader('x-rate-limit-remaining', String(left - 1));
      reply.setHeader('x-rate-limit-reset', reset);
    }
    if (needsApp) return this.hookCall(rq, path, query, p, reply);
    if (path.startsWith('/2/media/')) return this.upload(path, query, bytes, p, reply);
    return this.route(rq.method, path, query, p, reply);
  }

  route(method, path, query, p, reply) {
    const part = path.split('/').slice(2), posts = [...this.posts.values()], said = [...this.messages.values()];
    const shape = `${method} ${part.map((word) => (/^\d+(-\d+)?$/.test(word) ? '#' : word)).join('/')}`;
    const handlers = {
      'GET users/me': () => this.user(reply, this.id),
      'GET users/#': () => this.user(reply, part[1]),
      'GET users/#/mentions': () => this.page(reply, posts.filter((post) => post.author_id !== this.id), query, (post) => post.author_id),
      'GET users/#/tweets': () => this.page(reply, posts.filter((post) => post.author_id === this.id && !(query.get('exclude') && post.referenced_tweets)), query, (post) => post.author_id),
      'GET dm_events': () => this.page(reply, said, query, (event) => event.sender_id),
      'GET dm_conversations/with/#/dm_events': () => this.page(reply, said.filter((event) => event.dm_conversation_id === this.conversation(this.id, part[2])), query, (event) => event.sender_id),
      'GET dm_conversations/#/dm_events': () => this.page(reply, said.filter((event) => event.dm_conversation_id === part[1]), query, (event) => event.sender_id),
      'POST dm_conversations/with/#/messages': () => this.message(part[2], null, p, reply),
      'POST dm_conversations/#/messages': () => this.message(null, part[1], p, reply),
      'GET tweets/#': () => (this.posts.has(part[1]) ? this.json(reply, 200, { data: this.posts.get(part[1]) }) : this.gone(reply)),
      'POST tweets': () => this.create(p, reply),
      'DELETE tweets/#': () => this.json(reply, 200, { data: { deleted: this.posts.delete(part[1]) } }),
      'DELETE dm_events/#': () => this.json(reply, 200, { data: { deleted: this.messages.delete(part[1]) } }),
      'PUT tweets/#/hidden': () => {
        if (!this.posts.has(part[1])) return this.gone(reply);
        this.posts.get(part[1]).isHidden = p.hidden;
        return this.json(reply, 200, { data: { hidden: p.hidden } });
      },
    };
    const file = part[0] === 'dm_conversations' && part[1] === 'media' && this.files.get(part.slice(2).join('/'));
    if (file) return reply.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.length }).end(file);
    return handlers[shape] ? handlers[shape]() : this.gone(reply);
  }

  async serve(rq, reply) {
    const url = new URL(rq.url, 'http://x'), pieces = [];
    for await (const piece of rq) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const fault = this.faults.find((f) => f.times > 0 && url.pathname.includes(f.path));
    this.calls.push({ method: rq.method, path: url.pathname, query: url.searchParams });
    if (fault) fault.times--;
    if (fault?.delayMs) await sleep(fault.delayMs);
    if (fault?.cut === 'before') return rq.socket.destroy();
    if (fault?.cut === 'after') {
      this.answer(rq, url.pathname, url.searchParams, bytes, { setHeader() {}, writeHead() { return this; }, end() {} });
      return rq.socket.destroy();
    }
    if (fault?.status) return this.json(reply, fault.status, fault.body ?? {}, fault.headers);
    return this.answer(rq, url.pathname, url.searchParams, bytes, reply);
  }

  async listen() {
    this.server = http.createServer((rq, reply) => this.serve(rq, reply).catch((e) => this.json(reply, 500, { detail: e.message })));
    this.server.on('connection', (socket) => this.sockets.add(socket.once('close', () => this.sockets.delete(socket))));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

// PKCE's S256.
export const challengeOf = (verifier) => createHash('sha256').update(verifier).digest('base64url');

export const start = (options) => new FakeX(options).listen();
