// A stateful Telegram Bot API for one or more bots: long polling with offsets and conflicts, webhooks with secret and
// retries, chats that block, vanish or migrate, files; and it misbehaves on request (delays, errors, cut connections
// before or after the work is done).
import http from 'node:http';

const json = (reply, status, body, headers = {}) => {
  const bytes = Buffer.from(JSON.stringify(body));
  reply.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  reply.end(bytes);
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Bot {
  constructor(fake, token, name) {
    this.fake = fake;
    this.token = token;
    this.id = Number(token.split(':')[0]);
    this.name = name;
    this.updates = [];
    this.nextUpdate = 500000001;
    this.nextMessage = 100;
    this.sent = [];
    this.calls = [];
    this.blocked = new Set();
    this.gone = new Set();
    this.migrated = new Map();
    this.files = new Map();
    this.rules = [];
    this.hook = null;
    this.waiter = null;
    this.isRevoked = false;
    this.hookTries = 0;
  }

  // A rule takes the next `times` calls of a method: {status, body, html, delayMs, cut: 'before' | 'after'}.
  next(method, rule, times = 1) {
    this.rules.push({ method: method.toLowerCase(), times, ...rule });
  }

  push(update) {
    const full = { update_id: this.nextUpdate++, ...update };
    this.updates.push(full);
    this.wake();
    if (this.hook) this.deliver();
    return full;
  }

  person(id, name = `Orang ${id}`, more = {}) {
    return { id, is_bot: false, first_name: name, ...more };
  }

  say(from, text, more = {}) {
    const message = { message_id: this.nextMessage++, date: Math.floor(Date.now() / 1000), from, chat: { ...from, type: 'private' },
      ...(text === null ? {} : { text }), ...more };
    delete message.chat.is_bot;
    this.push({ message });
    return message;
  }

  wake() {
    const waiter = this.waiter;
    if (!waiter) return;
    this.waiter = null;
    waiter('news');
  }

  async deliver() {
    if (this.isDelivering) return;
    this.isDelivering = true;
    while (this.hook && this.updates.length) {
      const update = this.updates[0];
      this.hookTries++;
      const status = await this.postHook(update).catch(() => 0);
      if (status >= 200 && status < 300) {
        this.updates = this.updates.filter((u) => u !== update);
        if (this.hook?.twice) await this.postHook(update).catch(() => 0);
      } else {
        await sleep(this.hook?.retryMs ?? 50);
      }
    }
    this.isDelivering = false;
  }

  postHook(update) {
    const body = Buffer.from(JSON.stringify(update));
    const to = new URL(this.hook.url);
    return new Promise((resolve, reject) => {
      const call = http.request({ host: this.hook.host ?? to.hostname, port: this.hook.port ?? to.port, path: to.pathname, method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': body.length,
          'x-telegram-bot-api-secret-token': this.hook.secret }, timeout: 5000 }, (reply) => {
        reply.resume().once('end', () => resolve(reply.statusCode));
      });
      call.once('timeout', () => call.destroy(new Error('timeout'))).once('error', reject);
      call.end(body);
    });
  }

  get hookPath() {
    return this.hook ? new URL(this.hook.url).pathname : null;
  }

  async getUpdates(p, reply) {
    if (this.hook) return json(reply, 409, { ok: false, error_code: 409, description: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first" });
    if (this.waiter) this.waiter('conflict');
    if (p.offset !== undefined) this.updates = this.updates.filter((u) => u.update_id >= p.offset);
    if (this.updates.length === 0 && p.timeout) {
      const why = await new Promise((resolve) => {
        const timer = setTimeout(() => resolve('timeout'), p.timeout * 1000);
        this.waiter = (reason) => { clearTimeout(timer); resolve(reason); };
        reply.once('close', () => { clearTimeout(timer); resolve('closed'); });
      });
      this.waiter = null;
      if (why === 'conflict') return json(reply, 409, { ok: false, error_code: 409, description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running' });
      if (why === 'closed') return undefined;
    }
    return json(reply, 200, { ok: true, result: this.updates.slice(0, p.limit ?? 100) });
  }

  refuse(reply, code, description, parameters) {
    json(reply, code, { ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) },
      parameters?.retry_after ? { 'retry-after': String(parameters.retry_after) } : {});
    return null;
  }

  // Returns the message, or null when it has been refused already.
  accept(method, p, reply) {
    const chat = String(p.chat_id);
    if (this.migrated.has(chat)) return this.refuse(reply, 400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: this.migrated.get(chat) });
    if (this.blocked.has(chat)) return this.refuse(reply, 403, 'Forbidden: bot was blocked by the user');
    if (this.gone.has(chat)) return this.refuse(reply, 400, 'Bad Request: chat not found');
    if (method === 'sendmessage' && (typeof p.text !== 'string' || p.text.length === 0)) return this.refuse(reply, 400, 'Bad Request: message text is empty');
    if (method === 'sendmessage' && p.text.length > 4096) return this.refuse(reply, 400, 'Bad Request: message is too long');
    const message = { message_id: this.nextMessage++, date: Math.floor(Date.now() / 1000),
      from: { id: this.id, is_bot: true, first_name: this.name, username: 'toko_uji_bot' },
      chat: { id: p.chat_id, type: Number(chat) < 0 ? 'supergroup' : 'private', ...(Number(chat) < 0 ? { title: 'Grup' } : { first_name: 'X' }) }, text: p.text };
    this.sent.push({ method, ...p, message_id: message.message_id, at: Date.now() });
    return message;
  }

  async answer(method, p, reply) {
    switch (method) {
      case 'getme':
        return json(reply, 200, { ok: true, result: { id: this.id, is_bot: true, first_name: this.name, username: 'toko_uji_bot',
          can_join_groups: true, can_read_all_group_messages: true, supports_inline_queries: false, can_connect_to_business: true } });
      case 'getupdates':
        return this.getUpdates(p, reply);
      case 'setwebhook':
        this.hook = { ...this.hookDefaults, url: p.url, secret: p.secret_token };
        this.allowed = p.allowed_updates;
        this.wake();
        this.deliver();
        return json(reply, 200, { ok: true, result: true, description: 'Webhook was set' });
      case 'deletewebhook':
        this.hook = null;
        return json(reply, 200, { ok: true, result: true, description: 'Webhook was deleted' });
      case 'getwebhookinfo':
        return json(reply, 200, { ok: true, result: { url: this.hook?.url ?? '', has_custom_certificate: false, pending_update_count: this.updates.length } });
      case 'sendmessage':
      case 'sendphoto':
      case 'senddocument': {
        const message = this.accept(method, p, reply);
        return message ? json(reply, 200, { ok: true, result: message }) : undefined;
      }
      case 'getfile': {
        const file = this.files.get(p.file_id);
        if (!file) return this.refuse(reply, 400, 'Bad Request: wrong file_id or the file is temporarily unavailable');
        if (file.bytes.length > 20 << 20) return this.refuse(reply, 400, 'Bad Request: file is too big');
        return json(reply, 200, { ok: true, result: { file_id: p.file_id, file_unique_id: `u${p.file_id}`, file_size: file.bytes.length, file_path: file.path } });
      }
      default:
        return this.refuse(reply, 404, 'Not Found: method not found');
    }
  }
}

export class FakeTelegram {
  static async start() {
    const fake = new FakeTelegram();
    fake.bots = new Map();
    fake.sockets = new Set();
    fake.server = http.createServer((rq, reply) => fake.serve(rq, reply));
    fake.server.on('connection', (s) => { fake.sockets.add(s); s.once('close', () => fake.sockets.delete(s)); });
    fake.server.keepAliveTimeout = 60000;
    await new Promise((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    fake.port = fake.server.address().port;
    return fake;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get env() {
    return { TANGGAP_TELEGRAM_API_BASE: this.url, TANGGAP_TELEGRAM_FILE_BASE: `${this.url}/file` };
  }

  bot(id = 7700000001, name = 'Toko Uji') {
    const token = `${id}:AAFakeFakeFakeFakeFakeFakeFakeFakeFak`;
    const bot = new Bot(this, token, name);
    this.bots.set(token, bot);
    return bot;
  }

  async serve(rq, reply) {
    const pieces = [];
    for await (const piece of rq) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const path = decodeURIComponent(new URL(rq.url, this.url).pathname);
    const file = /^\/file\/bot([^/]+)\/(.+)$/.exec(path);
    const call = /^\/bot([^/]+)\/(\w+)$/.exec(path);
    const bot = this.bots.get((file ?? call)?.[1]);

    if (!bot) return json(reply, 404, { ok: false, error_code: 404, description: 'Not Found' });
    if (bot.isRevoked) return json(reply, 401, { ok: false, error_code: 401, description: 'Unauthorized' });
    if (file) {
      const found = [...bot.files.values()].find((f) => f.path === file[2]);
      if (!found) return json(reply, 404, { ok: false, error_code: 404, description: 'Not Found' });
      reply.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': found.bytes.length });
      return reply.end(found.bytes);
    }
    const method = call[2].toLowerCase();
    const isJson = (rq.headers['content-type'] ?? '').startsWith('application/json');
    const parameters = isJson && body.length ? JSON.parse(body.toString('utf8')) : {};
    bot.calls.push({ method, parameters, at: Date.now() });
    return this.obey(bot, method, parameters, rq, reply);
  }

  async obey(bot, method, parameters, rq, reply) {
    const rule = bot.rules.find((r) => r.method === method && r.times > 0);
    if (!rule) return bot.answer(method, parameters, reply);
    rule.times--;
    if (rule.cut === 'before') return rq.socket.destroy();
    if (rule.cut === 'after') {
      const swallow = { writeHead() {}, end() {}, once() {} };
      await bot.answer(method, parameters, swallow);
      if (rule.delayMs) await sleep(rule.delayMs);
      return rq.socket.destroy();
    }
    if (rule.delayMs) await sleep(rule.delayMs);
    if (rule.html) {
      reply.writeHead(rule.status, { 'content-type': 'text/html' });
      return reply.end(rule.html);
    }
    if (rule.status) return json(reply, rule.status, rule.body, rule.headers);
    return bot.answer(method, parameters, reply);
  }

  async stop() {
    for (const s of this.sockets) s.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
