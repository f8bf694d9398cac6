// A stateful WhatsApp Cloud platform for one business number: messages, uploads, media that die after five minutes,
// templates in pages, webhook subscriptions, tokens; it signs and delivers webhooks and tells what became of each message.
// It misbehaves on request: delays, errors in Graph's own shape, tokens that die, cut lines before and after the work.
import { createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const kinds = ['text', 'image', 'video', 'audio', 'document', 'sticker', 'location', 'contacts', 'interactive', 'template', 'reaction'];

export const failure = (code, message, more = {}) => ({ error: { message: `(#${code}) ${message}`, type: 'OAuthException', code, fbtrace_id: 'AbCdEf', ...more } });

export class FakeWhatsapp {
  constructor({ token = 'EAAgood', appId = '99887766', appSecret = 'test_app_secret', phoneId = '106500000000001', waba = '102290000000001',
    number = '6281210000001', hookMs = 2000 } = {}) {
    Object.assign(this, { token, appId, appSecret, phoneId, waba, number, hookMs });
    this.sent = [];                    // what reached people: {id, to, type, body}
    this.calls = [];
    this.read = [];
    this.media = new Map();            // id → {bytes, mime, until}
    this.lastSaid = new Map();         // customer → when they wrote last: free words only within a day
    this.templates = [];
    this.subscribed = null;            // {override_callback_uri, verify_token}
    this.appFields = [];
    this.pasts = [];                   // what was asked of smb_app_data
    this.faults = [];
    this.sockets = new Set();
    this.next_ = 1;
    this.isRevoked = false;
    this.scopes = ['whatsapp_business_management', 'whatsapp_business_messaging'];
  }

  // A fault takes the next `times` calls whose path has `path` in it: {status, body, headers, html, delayMs, cut: 'before' | 'after'}.
  next(path, fault, times = 1) {
    this.faults.push({ path, times, ...fault });
  }

  newId(prefix = '') {
    return `${prefix}${String(this.next_++).padStart(13, '1')}`;
  }

  file(bytes, mime = 'image/jpeg') {
    const id = this.newId();
    this.media.set(id, { bytes, mime, until: Date.now() + 300000 });
    return id;
  }

  // ---- webhooks ----

  body(value, field = 'messages') {
    const full = { messaging_product: 'whatsapp', metadata: { display_phone_number: this.number, phone_number_id: this.phoneId }, ...value };
    // Meta writes what is not ASCII as \u, and slashes as \/
    return Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: this.waba, changes: [{ value: full, field }] }] })
      .replaceAll('/', '\\/').replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
  }

  sign(body) {
    return `sha256=${createHmac('sha256', this.appSecret).update(body).digest('hex')}`;
  }

  message(from, name, content) {
    const type = Object.keys(content)[0];
    this.lastSaid.set(from, Date.now());
    return { contacts: [{ profile: { name }, wa_id: from }],
      messages: [{ from, id: this.newId('wamid.IN'), timestamp: String(Math.floor(Date.now() / 1000)), type, ...content }] };
  }

  status(id, status, more = {}) {
    const m = this.sent.find((s) => s.id === id);
    return { statuses: [{ id, status, timestamp: String(Math.floor(Date.now() / 1000)), recipient_id: m?.to ?? '0',
      ...(m?.body.biz_opaque_callback_data ? { biz_opaque_callback_data: m.body.biz_opaque_callback_data } : {}), ...more }] };
  }

  async deliver(value, field = 'messages', to = this.subscribed?.override_callback_uri) {
    const body = this.body(value, field), address = new URL(to);
    return new Promise((resolve, reject) => {
      const call = http.request({ host: this.hookDefaults?.host ?? address.hostname, port: this.hookDefaults?.port ?? address.port, path: address.pathname,
        method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length, 'x-hub-signature-256': this.sign(body) },
        timeout: this.hookMs }, (reply) => reply.resume().once('end', () => resolve(reply.statusCode)));
      call.once('timeout', () => call.destroy(new Error('timeout'))).once('error', reject);
      call.end(body);
    });
  }

  // ---- answers ----

  json(reply, status, body, headers = {}) {
    const bytes = Buffer.from(JSON.stringify(body));
    reply.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, 'facebook-api-version': 'v25.0', ...headers });
    reply.end(bytes);
  }

  refuse(reply, status, code, message, more) {
    this.json(reply, status, failure(code, message, more));
  }

  proofIsGood(url, token) {
    const proof = url.searchParams.get('appsecret_proof');
    return !proof || proof === createHmac('sha256', this.appSecret).update(token).digest('hex');
  }

  // Who calls: 'number', 'app', or null after an answer was given.
  caller(rq, url, reply) {
    const token = /^Bearer (.+)$/.exec(rq.headers.authorization ?? '')?.[1] ?? url.searchParams.get('access_token') ?? '';
    if (token === `${this.appId}|${this.appSecret}`) return 'app';
    if (token !== this.token || this.isRevoked) {
      this.refuse(reply, 401, 190, 'Error validating access token: Session has expired', { error_subcode: 463 });
      return null;
    }
    if (!this.proofIsGood(url, token)) {
      this.refuse(reply, 400, 100, 'Invalid appsecret_proof provided in the API argument', { type: 'GraphMethodException' });
      return null;
    }
    return 'number';
  }

  refusalOf(m) {
    if (m.messaging_product !== 'whatsapp') return [100, 'Invalid parameter'];
    if (!kinds.includes(m.type) || !m[m.type]) return [131008, 'Required parameter is missing'];
    if (m.recipient_type !== 'group' && !/^[0-9]{6,17}$/.test(m.to ?? '') && !/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+$/.test(m.recipient ?? '')) return [131009, 'Parameter value is not valid'];
    if (m.to === this.number) return [131021, 'Recipient cannot be sender'];
    if (m.type === 'text' && (!m.text.body || m.text.body.length > 4096)) return [131009, 'Parameter value is not valid'];
    if (m.type === 'template' && !this.templates.some((t) => t.name === m.template.name && t.language === m.template.language.code)) return [132001, 'Template name does not exist in the translation'];
    if (m.type === 'template') {
      const t = this.templates.find((one) => one.name === m.template.name);
      const wanted = new Set(t.components.find((c) => c.type === 'BODY').text.match(/\{\{[^}]+\}\}/g) ?? []).size;
      const given = (m.template.components ?? []).find((c) => c.type === 'body')?.parameters.length ?? 0;
      if (wanted !== given) return [132000, 'Number of parameters does not match the expected number of params'];
    }
    const media = ['image', 'video', 'audio', 'document', 'sticker'].includes(m.type) ? m[m.type] : null;
    if (media?.id && !this.media.has(media.id)) return [131053, 'Media upload error'];
    return null;
  }

  messages(m, reply) {
    if (m.status === 'read') {
      this.read.push(m.message_id);
      return this.json(reply, 200, { success: true });
    }
    const bad = this.refusalOf(m);
    if (bad) return this.refuse(reply, 400, ...bad);
    const to = m.to ?? m.recipient;
    const one = { id: this.newId('wamid.OUT'), to, type: m.type, body: m, at: Date.now() };
    const isLate = m.type !== 'template' && Date.now() - (this.lastSaid.get(to) ?? 0) > 86400000;
    one.fate = isLate ? this.status(one.id, 'failed', { errors: [{ code: 131047, title: 'Re-engagement message', message: 'Re-engagement message', error_data: { details: 'More than 24 hours have passed since the customer last replied' } }] }) : null;
    this.sent.push(one);
    return this.json(reply, 200, { messaging_product: 'whatsapp', contacts: [{ input: to, ...(m.to ? { wa_id: to } : { user_id: to }) }], messages: [{ id: one.id, message_status: 'accepted' }] });
  }

  upload(rq, bytes, reply) {
    const boundary = /boundary=(.+)$/.exec(rq.headers['content-type'] ?? '')?.[1];
    const parts = boundary ? bytes.toString('latin1').split(`--${boundary}`).slice(1, -1) : [];
    const field = (name) => parts.find((p) => p.includes(`name="${name}"`))?.split('\r\n\r\n').slice(1).join('\r\n\r\n').slice(0, -2);
    const file = field('file');
    if (field('messaging_product') !== 'whatsapp' || !field('type') || file === undefined) return this.refuse(reply, 400, 100, 'Invalid parameter');
    return this.json(reply, 200, { id: this.file(Buffer.from(file, 'latin1'), field('type')) });
  }

  address(id, reply) {
    const m = this.media.get(id);
    if (!m) return this.refuse(reply, 404, 100, 'Unsupported get request', { error_subcode: 33, type: 'GraphMethodException' });
    m.hash = randomBytes(6).toString('hex');
    m.until = Date.now() + 300000;
    return this.json(reply, 200, { messaging_product: 'whatsapp', url: `${this.fileBase ?? this.url}/whatsapp_business/attachments/?mid=${id}&hash=${m.hash}`,
      mime_type: m.mime, sha256: '0'.repeat(64), file_size: String(m.bytes.length), id });
  }

  bytes(rq, url, reply) {
    const m = this.media.get(url.searchParams.get('mid'));
    const isGood = m && m.hash === url.searchParams.get('hash') && Date.now() < m.until && rq.headers['user-agent'];
    if (!isGood || rq.headers.authorization !== `Bearer ${this.token}`) return this.json(reply, isGood ? 401 : 404, {});
    reply.writeHead(200, { 'content-type': m.mime, 'content-length': m.bytes.length });
    return reply.end(m.bytes);
  }

  templatePage(url, reply) {
    const from = Number(url.searchParams.get('after') ?? 0), limit = this.pageSize ?? Number(url.searchParams.get('limit') ?? 25);
    const data = this.templates.slice(from, from + limit), more = from + limit < this.templates.length;
    this.json(reply, 200, { data, paging: { cursors: { before: String(from), after: String(from + limit) },
      ...(more ? { next: `https://elsewhere.example/next?access_token=${this.token}&after=${from + limit}` } : {}) } });
  }

  subscriptions(rq, url, bytes, reply) {
    if (rq.method === 'POST') this.subscribed = bytes.length ? JSON.parse(bytes) : {};
    if (rq.method === 'DELETE') this.subscribed = null;
    if (rq.method !== 'GET') return this.json(reply, 200, { success: true });
    return this.json(reply, 200, { data: this.subscribed ? [{ whatsapp_business_api_data: { id: this.appId, name: 'Kotak', link: 'https://x.example' },
      ...(this.subscribed.override_callback_uri ? { override_callback_uri: this.subscribed.override_callback_uri } : {}) }] : [] });
  }

  appSubscriptions(rq, url, reply) {
    if (rq.method === 'GET') return this.json(reply, 200, { data: this.appFields.length ? [{ object: 'whatsapp_business_account', active: true, fields: this.appFields.map((name) => ({ name, version: 'v25.0' })) }] : [] });
    this.appFields = url.searchParams.get('fields').split(',');
    return this.json(reply, 200, { success: true });
  }

  debug(url, reply) {
    const isValid = url.searchParams.get('input_token') === this.token && !this.isRevoked;
    this.json(reply, 200, { data: { app_id: this.appId, type: 'SYSTEM_USER', is_valid: isValid, expires_at: this.expiresAt ?? 0, scopes: this.scopes,
      granular_scopes: this.scopes.map((scope) => ({ scope, target_ids: [this.waba] })),
      ...(isValid ? {} : { error: { code: 190, message: 'The session has expired', subcode: 463 } }) } });
  }

  grant(url, reply) {
    if (url.searchParams.get('client_id') !== this.appId || url.searchParams.get('client_secret') !== this.appSecret) return this.refuse(reply, 400, 101, 'Error validating application');
    if (url.searchParams.get('code') !== 'good-code') return this.refuse(reply, 400, 100, 'This authorization code has expired', { error_subcode: 36007 });
    return this.json(reply, 200, { access_token: this.token, token_type: 'bearer' });
  }

  past(m, reply) {
    if (this.pasts.includes(m.sync_type)) return this.refuse(reply, 400, 100, 'Already requested');
    this.pasts.push(m.sync_type);
    return this.json(reply, 200, { messaging_product: 'whatsapp', request_id: this.newId() });
  }

  answer(rq, url, bytes, reply) {
    const [version, node, edge] = url.pathname.split('/').slice(1);
    if (version === 'whatsapp_business') return this.bytes(rq, url, reply);
    if (`${node}/${edge}` === 'oauth/access_token') return this.grant(url, reply);
    const who = this.caller(rq, url, reply);
    if (!who) return undefined;
    if (node === 'debug_token' && who === 'app') return this.debug(url, reply);
    if (node === this.appId && edge === 'subscriptions' && who === 'app') return this.appSubscriptions(rq, url, reply);
    const at = `${rq.method} ${node === this.phoneId ? 'number' : node === this.waba ? 'account' : 'node'}${edge ? `/${edge}` : ''}`;
    switch (at) {
      case 'POST number/messages': return this.messages(JSON.parse(bytes), reply);
      case 'POST number/media': return this.upload(rq, bytes, reply);
      case 'POST number/smb_app_data': return this.past(JSON.parse(bytes), reply);
      case 'GET number': return this.json(reply, 200, { id: this.phoneId, display_phone_number: '+62 812-1000-0001', verified_name: 'Toko Melati', quality_rating: 'GREEN', messaging_limit_tier: 'TIER_1K' });
      case 'GET account/message_templates': return this.templatePage(url, reply);
      case 'GET account/subscribed_apps': case 'POST account/subscribed_apps': case 'DELETE account/subscribed_apps': return this.subscriptions(rq, url, bytes, reply);
      case 'GET node': return this.address(node, reply);
      default: return this.refuse(reply, 400, 2500, 'Unknown path components');
    }
  }

  async serve(rq, reply) {
    const pieces = [];
    for await (const piece of rq) pieces.push(piece);
    const bytes = Buffer.concat(pieces), url = new URL(rq.url, this.url);
    this.calls.push({ method: rq.method, path: url.pathname, headers: rq.headers, at: Date.now() });
    const fault = this.faults.find((f) => url.pathname.includes(f.path) && f.times > 0);
    if (!fault) return this.answer(rq, url, bytes, reply);
    fault.times--;
    if (fault.cut === 'before') return rq.socket.destroy();
    if (fault.cut === 'after') {
      this.answer(rq, url, bytes, { writeHead() { return this; }, end() {} });
      return rq.socket.destroy();
    }
    if (fault.delayMs) await sleep(fault.delayMs);
    if (fault.html) return reply.writeHead(fault.status ?? 200, { 'content-type': 'text/html' }).end(fault.html);
    if (!fault.status) return this.answer(rq, url, bytes, reply);
    return this.json(reply, fault.status, fault.body ?? {}, fault.headers);
  }

  async close() {
    for (const s of this.sockets) s.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export async function start(options) {
  const fake = new FakeWhatsapp(options);
  fake.server = http.createServer((rq, reply) => fake.serve(rq, reply));
  fake.server.on('connection', (s) => { fake.sockets.add(s); s.once('close', () => fake.sockets.delete(s)); });
  await new Promise((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${fake.server.address().port}`;
  return fake;
}
