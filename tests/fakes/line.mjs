// A stateful LINE platform for one official account: replies and pushes with their tokens, retry keys and quota, profiles,
// content that is not ready at once, the webhook's address; it signs and delivers webhooks, and delivers again what was
// not taken. It misbehaves on request: delays, errors, cut lines before and after the work is done.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const hex = (letter, n) => letter + String(n).padStart(32, '0');

export const userId = (n) => hex('U', n);
export const groupId = (n) => hex('C', n);
export const roomId = (n) => hex('R', n);

export class FakeLine {
  constructor({ token = 'line-token', secret = 'line-secret', channelId = '2000000001', limit = 200, replyMs = 60000, hookMs = 2000 } = {}) {
    Object.assign(this, { token, secret, channelId, limit, replyMs, hookMs });
    this.id = userId(99);
    this.used = 0;
    this.sent = [];                    // what reached people: {via, to, messages, ids}
    this.calls = [];
    this.keys = new Map();             // retry key → what its first push answered
    this.replyTokens = new Map();      // token → {source, at, used}
    this.readTokens = new Map();       // token → message id
    this.people = new Map();           // user id → profile
    this.groups = new Map();           // group id → {name, members}
    this.content = new Map();          // message id → {bytes, type, processing}
    this.hook = null;                  // {url, active}
    this.undelivered = [];
    this.faults = [];
    this.sockets = new Set();
    this.nextId = 500000000000000001n;
    this.isRevoked = false;
  }

  // A fault takes the next `times` calls whose path has `path` in it: {status, body, headers, delayMs, cut: 'before' | 'after'}.
  next(path, fault, times = 1) {
    this.faults.push({ path, times, ...fault });
  }

  newId() {
    return String(this.nextId++);
  }

  person(n, name, more = {}) {
    const profile = { userId: userId(n), displayName: name, language: 'id', ...more };
    this.people.set(profile.userId, profile);
    return { type: 'user', userId: profile.userId };
  }

  group(n, name, members = []) {
    this.groups.set(groupId(n), { name, members: members.map((m) => m.userId) });
    return { type: 'group', groupId: groupId(n) };
  }

  // One event with everything around it that LINE puts there; fields win.
  event(type, source, fields = {}) {
    const replies = !['unsend', 'unfollow', 'leave', 'memberLeft', 'module', 'activated', 'deactivated', 'botSuspended', 'botResumed', 'delivery'].includes(type);
    const event = { type, mode: 'active', timestamp: Date.now(), webhookEventId: `01J${randomBytes(12).toString('hex').toUpperCase().slice(0, 23)}`,
      deliveryContext: { isRedelivery: false }, ...(source ? { source } : {}), ...(replies ? { replyToken: randomBytes(16).toString('hex') } : {}), ...fields };
    if (event.replyToken) this.replyTokens.set(event.replyToken, { source, at: Date.now(), used: false });
    return event;
  }

  message(source, content, fields = {}) {
    const token = `mr-${randomBytes(6).toString('hex')}`;
    const message = { id: this.newId(), ...(['text', 'image', 'video', 'sticker'].includes(content.type) ? { quoteToken: `q-${randomBytes(6).toString('hex')}` } : {}),
      markAsReadToken: token, ...content };
    this.readTokens.set(token, message.id);
    return this.event('message', source, { message, ...fields });
  }

  body(events) {
    return Buffer.from(JSON.stringify({ destination: this.id, events }));
  }

  sign(body) {
    return createHmac('sha256', this.secret).update(body).digest('base64');
  }

  // Posts events to the webhook; what is not answered 200 stays in `undelivered` for redeliver().
  async deliver(events, to = this.hook?.url) {
    const body = this.body(events);
    const status = await this.post(to, body).catch(() => 0);
    if (status !== 200) this.undelivered.push(...events);
    return status;
  }

  async redeliver(to = this.hook?.url) {
    const events = this.undelivered.splice(0).reverse();      // order is not kept
    return this.deliver(events.map((e) => ({ ...e, deliveryContext: { isRedelivery: true } })), to);
  }

  post(address, body) {
    const to = new URL(address);
    return new Promise((resolve, reject) => {
      const call = http.request({ host: this.hookDefaults?.host ?? to.hostname, port: this.hookDefaults?.port ?? to.port, path: to.pathname,
        method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length, 'x-line-signature': this.sign(body) },
        timeout: this.hookMs }, (reply) => reply.resume().once('end', () => resolve(reply.statusCode)));
      call.once('timeout', () => call.destroy(new Error('request_timeout'))).once('error', reject);
      call.end(body);
    });
  }

  json(reply, status, body, headers = {}) {
    const bytes = Buffer.from(JSON.stringify(body));
    reply.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, 'x-line-request-id': randomUUID(), ...headers });
    reply.end(bytes);
  }

  refuse(reply, status, message, more = {}, headers = {}) {
    this.json(reply, status, { message, ...more }, headers);
  }

  accept(via, to, messages) {
    const ids = messages.map((m) => ({ id: this.newId(), ...(['text', 'image', 'sticker'].includes(m.type) ? { quoteToken: `q-${randomBytes(4).toString('hex')}` } : {}) }));
    this.sent.push({ via, to, messages, ids: ids.map((i) => i.id), at: Date.now() });
    return { sentMessages: ids };
  }

  badMessages(messages) {
    if (!Array.isArray(messages) || messages.length < 1 || messages.length > 5) return 'messages';
    const at = messages.findIndex((m) => m.type === 'text' && (typeof m.text !== 'string' || m.text.length < 1 || m.text.length > 5000));
    return at < 0 ? null : `messages[${at}].text`;
  }

  refuseMessages(reply, property) {
    this.refuse(reply, 400, 'The request body has 1 error(s)', { details: [{ message: 'May not be empty', property }] });
  }

  reply(p, reply) {
    const token = this.replyTokens.get(p.replyToken);
    const bad = this.badMessages(p.messages);
    if (bad) return this.refuseMessages(reply, bad);
    if (!token || token.used || Date.now() - token.at > this.replyMs) return this.refuse(reply, 400, 'Invalid reply token');
    token.used = true;
    const { source } = token;
    return this.json(reply, 200, this.accept('reply', source?.groupId ?? source?.roomId ?? source?.userId, p.messages));
  }

  push(p, reply, rq) {
    const key = rq.headers['x-line-retry-key'];
    const known = key && this.keys.get(key);
    const bad = this.badMessages(p.messages);
    if (known) return this.refuse(reply, 409, 'The retry key is already accepted', known.answer, { 'x-line-accepted-request-id': known.request });
    if (bad) return this.refuseMessages(reply, bad);
    if (!/^[UCR][0-9a-f]{32}$/.test(p.to)) return this.refuse(reply, 400, "The property, 'to', in the request body is invalid (line: -, column: -)");
    if (!this.people.has(p.to) && !this.groups.has(p.to) && p.to[0] !== 'R') return this.refuse(reply, 400, 'Failed to send messages');
    if (this.used >= this.limit) return this.refuse(reply, 429, 'You have reached your monthly limit.');
    this.used++;
    const answer = this.accept('push', p.to, p.messages);
    if (key) this.keys.set(key, { answer, request: randomUUID() });
    return this.json(reply, 200, answer);
  }

  profile(reply, id, where) {
    const profile = this.people.get(id);
    if (!profile || profile.isBlocked || (where && !this.groups.get(where)?.members.includes(id))) return this.refuse(reply, 404, 'Not found');
    const { displayName, pictureUrl } = profile;
    return this.json(reply, 200, where ? { userId: id, displayName, ...(pictureUrl ? { pictureUrl } : {}) } : profile);
  }

  file(reply, id, what) {
    const file = this.content.get(id);
    if (!file) return this.refuse(reply, 404, 'Not found');
    if (what === '/transcoding') return this.json(reply, 200, { status: file.failed ? 'failed' : file.processing-- > 0 ? 'processing' : 'succeeded' });
    if (file.accepted-- > 0) return reply.writeHead(202).end();
    reply.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length });
    return reply.end(file.bytes);
  }

  async testHook(p, reply) {
    const address = p.endpoint ?? this.hook?.url;
    const status = await this.post(address, this.body([])).catch(() => 0);
    const success = status === 200;
    return this.json(reply, 200, { success, timestamp: new Date().toISOString(), statusCode: status, reason: success ? 'OK' : status ? 'ERROR_STATUS_CODE' : 'COULD_NOT_CONNECT', detail: status ? String(status) : 'connection refused' });
  }

  // The token endpoint takes no bearer: it makes one. No specification stands before it, so it checks by itself.
  issue(rq, p, reply) {
    const form = (rq.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
    if (!form || [...p.keys()].sort().join() !== 'client_id,client_secret,grant_type')
      return this.json(reply, 400, { error: 'invalid_request', error_description: `CONTRACT VIOLATION ${[...p.keys()]}` });
    if (p.get('grant_type') !== 'client_credentials' || p.get('client_id') !== this.channelId || p.get('client_secret') !== this.secret)
      return this.json(reply, 400, { error: 'invalid_client', error_description: 'invalid client_secret' });
    this.token = `stateless-${randomBytes(8).toString('hex')}`;
    this.isRevoked = false;
    return this.json(reply, 200, { access_token: this.token, expires_in: 900, token_type: 'Bearer' });
  }

  answer(rq, path, bytes, reply) {
    const call = `${rq.method} ${path}`;
    if (call === 'POST /oauth2/v3/token') return this.issue(rq, new URLSearchParams(bytes.toString()), reply);
    if (this.isRevoked || rq.headers.authorization !== `Bearer ${this.token}`)
      return this.refuse(reply, 401, 'Authentication failed. Confirm that the access token in the authorization header is valid.');
    const p = bytes.length ? JSON.parse(bytes.toString('utf8')) : {};
    const file = /^\/v2\/bot\/message\/([^/]+)\/content(\/\w+)?$/.exec(path);
    const member = /^\/v2\/bot\/(?:group|room)\/([^/]+)\/member\/([^/]+)$/.exec(path);
    const group = /^\/v2\/bot\/group\/([^/]+)\/summary$/.exec(path);
    const profile = /^\/v2\/bot\/profile\/([^/]+)$/.exec(path);
    if (file) return this.file(reply, file[1], file[2]);
    if (member) return this.profile(reply, member[2], member[1]);
    if (profile) return this.profile(reply, profile[1], null);
    if (group) {
      const found = this.groups.get(group[1]);
      return found ? this.json(reply, 200, { groupId: group[1], groupName: found.name }) : this.refuse(reply, 404, 'Not found');
    }
    switch (call) {
      case 'POST /v2/bot/message/reply': return this.reply(p, reply);
      case 'POST /v2/bot/message/push': return this.push(p, reply, rq);
      case 'GET /v2/bot/info':
        return this.json(reply, 200, { userId: this.id, basicId: '@tokouji', displayName: 'Toko Uji', chatMode: 'chat', markAsReadMode: 'manual' });
      case 'GET /v2/bot/insight/followers':
        return this.json(reply, 200, { status: 'ready', followers: 7620, targetedReaches: 5848, blocks: 237 });
      case 'GET /v2/bot/message/quota':
        return this.json(reply, 200, this.limit === Infinity ? { type: 'none' } : { type: 'limited', value: this.limit });
      case 'GET /v2/bot/message/quota/consumption': return this.json(reply, 200, { totalUsage: this.used });
      case 'PUT /v2/bot/channel/webhook/endpoint':
        this.hook = { url: p.endpoint, active: true };
        return this.json(reply, 200, {});
      case 'GET /v2/bot/channel/webhook/endpoint':
        return this.hook ? this.json(reply, 200, { endpoint: this.hook.url, active: this.hook.active }) : this.refuse(reply, 404, 'Not found');
      case 'POST /v2/bot/channel/webhook/test': return this.testHook(p, reply);
      case 'POST /v2/bot/chat/markAsRead':
        if (!this.readTokens.has(p.markAsReadToken)) return this.refuse(reply, 400, 'The markAsReadToken is invalid');
        this.lastRead = this.readTokens.get(p.markAsReadToken);
        return this.json(reply, 200, {});
      default: return this.refuse(reply, 404, 'Not found');
    }
  }

  async serve(rq, reply) {
    const pieces = [];
    for await (const piece of rq) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const path = decodeURIComponent(new URL(rq.url, this.url).pathname);
    this.calls.push({ method: rq.method, path, headers: rq.headers, body: bytes.toString('utf8'), at: Date.now() });
    const fault = this.faults.find((f) => path.includes(f.path) && f.times > 0);
    if (!fault) return this.answer(rq, path, bytes, reply);
    fault.times--;
    if (fault.cut === 'before') return rq.socket.destroy();
    if (fault.cut === 'after') {
      await this.answer(rq, path, bytes, { writeHead() { return this; }, end() {} });
      return rq.socket.destroy();
    }
    if (fault.delayMs) await sleep(fault.delayMs);
    if (!fault.status) return this.answer(rq, path, bytes, reply);
    return this.json(reply, fault.status, fault.body ?? {}, fault.headers);
  }

  async close() {
    for (const s of this.sockets) s.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export async function start(options) {
  const fake = new FakeLine(options);
  fake.server = http.createServer((rq, reply) => fake.serve(rq, reply));
  fake.server.on('connection', (s) => { fake.sockets.add(s); s.once('close', () => fake.sockets.delete(s)); });
  await new Promise((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${fake.server.address().port}`;
  return fake;
}
