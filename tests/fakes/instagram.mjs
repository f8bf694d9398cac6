// A stateful Instagram of one professional account, for either login: comments, mentions, direct messages, posts and their
// numbers, conversations, tokens, subscriptions; it signs and delivers webhooks. No vendor specification exists, so it holds
// every request against a table of required and allowed fields (platforms-meta.md §2, §3, §6) and answers "CONTRACT
// VIOLATION …" to what breaks it. It misbehaves on request: delays, errors in Graph's own shape, cut lines before and after
// the work is done.
import { createHmac } from 'node:crypto';
import http from 'node:http';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, '+0000');
const text = (v) => typeof v === 'string' && v.length > 0;
const bool = (v) => v === true || v === false;
const oneOf = (...words) => (v) => words.includes(v);
const fieldsOf = (v) => text(v) && /^[\w,{}().:]+$/.test(v);
const whole = (most) => (v) => /^\d+$/.test(v) && Number(v) >= 1 && Number(v) <= most;
const https = (v) => /^https:\/\//.test(v);
const HOOK_FIELDS = ['comments', 'live_comments', 'mentions', 'messages', 'message_edit', 'message_reactions', 'messaging_seen', 'messaging_postbacks', 'messaging_referral',
  'messaging_optins', 'messaging_handover', 'standby'];
const METRICS = ['views', 'reach', 'likes', 'comments', 'shares', 'saved', 'total_interactions'];
const listOf = (known) => (v) => text(v) && v.split(',').every((f) => known.includes(f));
const recipient = (v) => v && Object.keys(v).length === 1 && ['id', 'comment_id'].includes(Object.keys(v)[0]) && text(Object.values(v)[0]);
const reactionPayload = (v) => v && text(v.message_id) && Object.keys(v).every((k) => ['message_id', 'reaction'].includes(k));
const short = (v) => text(v) && [...v].length <= 2200;

// need: must be there; may: is allowed; body: the JSON body's. `auth`: whose token.
export const TABLE = [
  { name: 'short', at: ['POST', /^\/oauth\/access_token$/], bare: true, auth: 'none', urlencoded: true,
    body: { client_id: text, client_secret: text, grant_type: oneOf('authorization_code'), redirect_uri: https, code: (v) => text(v) && !v.includes('#') } },
  { name: 'long', at: ['GET', /^\/access_token$/], bare: true, auth: 'none', need: { grant_type: oneOf('ig_exchange_token'), client_secret: text, access_token: text } },
  { name: 'refresh', at: ['GET', /^\/refresh_access_token$/], bare: true, auth: 'none', need: { grant_type: oneOf('ig_refresh_token'), access_token: text } },
  { name: 'fbToken', at: ['GET', /^\/oauth\/access_token$/], auth: 'none', need: { client_id: text, client_secret: text },
    may: { redirect_uri: https, code: (v) => text(v) && !v.includes('#'), grant_type: oneOf('fb_exchange_token'), fb_exchange_token: text } },
  { name: 'debug', at: ['GET', /^\/debug_token$/], auth: 'app', need: { input_token: text } },
  { name: 'accounts', at: ['GET', /^\/me\/accounts$/], auth: 'user', need: { fields: fieldsOf }, may: { limit: whole(100), after: text } },
  { name: 'subscribe', at: ['POST', /^\/([^/]+)\/subscribed_apps$/], auth: 'own', need: { subscribed_fields: text } },
  { name: 'subscriptions', at: ['GET', /^\/([^/]+)\/subscribed_apps$/], auth: 'own' },
  { name: 'unsubscribe', at: ['DELETE', /^\/([^/]+)\/subscribed_apps$/], auth: 'own' },
  { name: 'appHook', at: ['POST', /^\/(\d+)\/subscriptions$/], auth: 'app',
    body: { object: oneOf('instagram'), callback_url: https, verify_token: text, fields: listOf(HOOK_FIELDS), include_values: bool } },
  { name: 'media', at: ['GET', /^\/(\d+|me)\/media$/], auth: 'own', need: { fields: fieldsOf, limit: whole(100) }, may: { after: text } },
  { name: 'comments', at: ['GET', /^\/(\d+)\/comments$/], auth: 'own', need: { fields: fieldsOf, limit: whole(50) }, may: { after: text } },
  { name: 'replies', at: ['GET', /^\/(\d+)\/replies$/], auth: 'own', need: { fields: fieldsOf, limit: whole(50) }, may: { after: text } },
  { name: 'insights', at: ['GET', /^\/(\d+)\/insights$/], auth: 'own', need: { metric: listOf(METRICS) } },
  { name: 'conversations', at: ['GET', /^\/me\/conversations$/], auth: 'own', need: { platform: oneOf('instagram'), fields: fieldsOf }, may: { limit: whole(50), after: text, user_id: text } },
  { name: 'reply', at: ['POST', /^\/(\d+)\/replies$/], auth: 'own', body: { message: short } },
  { name: 'comment', at: ['POST', /^\/(\d+)\/comments$/], auth: 'own', body: { message: short } },
  { name: 'mention', at: ['POST', /^\/(\d+)\/mentions$/], auth: 'own', body: { message: short, media_id: text }, mayBody: { comment_id: text } },
  { name: 'messages', at: ['POST', /^\/me\/messages$/], auth: 'own', send: true },
  { name: 'hide', at: ['POST', /^\/(\d+)$/], auth: 'own', body: { hide: bool } },
  { name: 'remove', at: ['DELETE', /^\/(\d+)$/], auth: 'own' },
  { name: 'node', at: ['GET', /^\/(\d+|me)$/], auth: 'any', need: { fields: fieldsOf } },
];

function violated(part, given, need = {}, may = {}) {
  for (const [key, check] of Object.entries(need)) {
    if (!(key in given)) return `${part} lacks ${key}`;
    if (!check(given[key])) return `${part} has ${key}=${JSON.stringify(given[key])}`;
  }
  for (const [key, value] of Object.entries(given)) {
    if (key in need) continue;
    if (!(key in may)) return `${part} has ${key}, which is not allowed`;
    if (!may[key](value)) return `${part} has ${key}=${JSON.stringify(value)}`;
  }
  return null;
}

function violatedMessage(m, isForm) {
  const keys = Object.keys(m);
  if (keys.some((k) => !['text', 'attachment', 'quick_replies'].includes(k))) return `message has ${keys}`;
  if (('text' in m) === ('attachment' in m)) return 'neither text nor attachment, or both';
  if ('text' in m && (!text(m.text) || Buffer.byteLength(m.text) > 1000)) return `text of ${Buffer.byteLength(m.text)} bytes`;
  if (m.attachment && !['image', 'audio', 'video', 'file'].includes(m.attachment.type)) return `attachment ${m.attachment.type}`;
  if (m.attachment && !isForm && !https(m.attachment.payload?.url ?? '')) return 'an attachment without an address';
  if ((m.quick_replies ?? []).length > 13) return 'too many quick replies';
  return (m.quick_replies ?? []).every((q) => q.content_type === 'text' && text(q.title) && q.title.length <= 20 && q.payload.length <= 1000) ? null : 'a quick reply';
}

function violatedSend(body, isForm) {
  if ('sender_action' in body)
    return violated('body', body, { recipient, sender_action: oneOf('mark_seen', 'react', 'unreact'), ...(body.sender_action === 'mark_seen' ? {} : { payload: reactionPayload }) });
  const late = body.messaging_type === 'MESSAGE_TAG';
  return violated('body', body, { recipient, message: (m) => m && typeof m === 'object', ...(late ? { tag: oneOf('HUMAN_AGENT') } : {}), ...(isForm ? { filedata: (v) => v.bytes > 0 } : {}) },
    { messaging_type: oneOf('RESPONSE', 'MESSAGE_TAG'), reply_to: (v) => v && Object.keys(v).join() === 'mid' && text(v.mid) }) ?? violatedMessage(body.message, isForm);
}

function readForm(bytes, type) {
  const boundary = /boundary=(\S+)/.exec(type)?.[1], out = {};
  for (const part of bytes.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n'), head = part.slice(0, at), content = part.slice(at + 4, -2), file = /filename="([^"]*)"/.exec(head)?.[1];
    const value = Buffer.from(content, 'latin1');
    out[/name="([^"]*)"/.exec(head)[1]] = file === undefined ? value.toString('utf8') : { name: file, bytes: value.length };
  }
  for (const key of ['recipient', 'message', 'reply_to']) if (out[key]) out[key] = JSON.parse(out[key]);
  return out;
}

export class FakeInstagram {
  constructor({ login = 'instagram', id = '17841400000000001', username = 'batik', token = 'IGAAtoken', appId = '99887766', appSecret = 'rahasia-aplikasi', verifyToken = 'kata-uji', version = 'v25.0', pageSize = 2 } = {}) {
    Object.assign(this, { login, id, username, token, appId, appSecret, verifyToken, version, pageSize });
    this.calls = [];
    this.violations = [];
    this.checked = 0;
    this.sent = [];                    // what reached people: {via, …}
    this.posts = [];
    this.comments = new Map();
    this.talks = new Map();            // IGSID → messages, newest first
    this.people = new Map();
    this.privatelyAnswered = new Set();
    this.subscribed = null;
    this.denied = new Set();           // names of TABLE that the token may not
    this.unknownFields = new Set();
    this.scopes = ['instagram_basic', 'instagram_manage_comments', 'instagram_manage_messages', 'pages_show_list', 'pages_read_engagement', 'pages_manage_metadata'];
    this.pages = [{ id: '1122334455', name: 'Toko Batik', access_token: token, instagram_business_account: { id, username } }];
    this.wraps = false;                // the short token's other shape
    this.knowsQuotes = true;
    this.isRevoked = false;
    this.faults = [];
    this.sockets = new Set();
    this.number = 18000000000000000n;
  }

  // A fault takes the next `times` calls whose path has `path` in it: {status, error, body, headers, delayMs, cut: 'before' | 'after'}.
  next(path, fault, times = 1) {
    this.faults.push({ path, times, ...fault });
  }

  newId() {
    return String(++this.number);
  }

  post(caption, { at = Date.now(), ...more } = {}) {
    const post = { id: this.newId(), caption, at, likes: 0, ...more };
    this.posts.unshift(post);
    return post;
  }

  comment(on, words, { from = '6200000000000001', username = 'ana.t', at = Date.now(), ...more } = {}) {
    const parent = this.comments.get(on);
    const comment = { id: this.newId(), post: parent ? parent.post : on, parent: parent ? parent.parent ?? parent.id : null, text: words, from, username, at, hidden: false, ...more };
    this.comments.set(comment.id, comment);
    return comment;
  }

  say(person, words, { at = Date.now(), from = person } = {}) {
    if (!this.talks.has(person)) this.talks.set(person, []);
    const one = { id: `aWdf${this.newId()}`, message: words, from, at };
    this.talks.get(person).unshift(one);
    return one;
  }

  sign(body) {
    return `sha256=${createHmac('sha256', this.appSecret).update(body).digest('hex')}`;
  }

  body(entries) {
    return Buffer.from(JSON.stringify({ object: 'instagram', entry: entries }).replaceAll('/', '\\/')
      .replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
  }

  async deliver(entries, to) {
    const body = this.body(entries);
    const reply = await fetch(to, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': this.sign(body) } });
    return reply.status;
  }

  entryOfMessage(person, said) {
    const isEcho = said.from === this.id;
    return { id: this.id, time: said.at, messaging: [{ sender: { id: said.from }, recipient: { id: isEcho ? person : this.id }, timestamp: said.at, message: { mid: said.id, text: said.message, ...(isEcho ? { is_echo: true } : {}) } }] };
  }

  entryOfComment(c) {
    return { id: this.id, time: Math.floor(c.at / 1000), changes: [{ field: 'comments', value: { id: c.id, from: { id: c.from, username: c.username }, text: c.text, media: { id: c.post, media_product_type: 'FEED' }, ...(c.parent ? { parent_id: c.parent } : {}) } }] };
  }

  // ---- answers ----

  json(reply, status, body, headers = {}) {
    const bytes = Buffer.from(JSON.stringify(body));
    reply.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'x-app-usage': '{"call_count":7,"total_cputime":2,"total_time":3}', 'content-length': bytes.length, ...headers });
    reply.end(bytes);
  }

  refuse(reply, status, code, sub, message, headers) {
    this.json(reply, status, { error: { message: message ?? `(#${code}) refused`, type: 'IGApiException', code, ...(sub ? { error_subcode: sub } : {}), fbtrace_id: 'AbCdEf' } }, headers);
  }

  violation(reply, rq, what) {
    const line = `${rq.method} ${rq.url.split('?')[0]}: ${what}`;
    this.violations.push(line);
    this.json(reply, 400, { error: { message: `CONTRACT VIOLATION ${line}`, type: 'OAuthException', code: 100 } });
  }

  // Pages of a list; `next` points to a stranger, who must not be asked.
  page(list, q, shape, size = this.pageSize) {
    const from = q.after ? Number(Buffer.from(q.after, 'base64url').toString()) : 0, upto = from + Math.min(size, Number(q.limit ?? size));
    const after = Buffer.from(String(upto)).toString('base64url');
    return { data: list.slice(from, upto).map(shape), paging: { cursors: { before: 'QQ', after }, ...(upto < list.length ? { next: `https://evil.example/next?access_token=${this.token}&after=${after}` } : {}) } };
  }

  shapeComment(c, deep) {
    const replies = [...this.comments.values()].filter((r) => r.parent === c.id);
    return { id: c.id, text: c.text, timestamp: iso(c.at), username: c.username, from: { id: c.from, username: c.username }, like_count: 0, hidden: c.hidden, ...(c.parent ? { parent_id: c.parent } : {}),
      ...(deep && replies.length ? { replies: this.page(replies, {}, (r) => this.shapeComment(r)) } : {}) };
  }

  shapePost(p) {
    return { id: p.id, caption: p.caption, media_type: 'IMAGE', media_product_type: 'FEED', media_url: 'https://scontent.cdninstagram.com/p.jpg', permalink: `https://www.instagram.com/p/${p.id}`, timestamp: iso(p.at),
      username: this.username, like_count: p.likes, comments_count: [...this.comments.values()].filter((c) => c.post === p.id).length };
  }

  shapeTalk(person) {
    const us = { id: this.id, username: this.username }, they = { id: person, username: this.people.get(person)?.username ?? 'ana.t' };
    return { id: `talk${person}`, updated_time: iso(this.talks.get(person)[0].at), participants: { data: [us, they] }, messages: { data: this.talks.get(person).slice(0, 20).map((m) => ({
      id: m.id, created_time: iso(m.at), from: m.from === this.id ? us : they, to: { data: [m.from === this.id ? they : us] }, message: m.message, ...(m.file ? { attachments: { data: [{ id: '1', name: 'a', size: 3 }] } } : {}) })) } };
  }

  // ---- routes ----

  say_(reply, body) {
    const [kind, id] = Object.entries(body.recipient)[0], c = this.comments.get(id);
    if (body.sender_action) {
      if (!this.talks.has(id)) return this.refuse(reply, 400, 100, 2018001);
      this.acts = [...(this.acts ?? []), body];
      return this.json(reply, 200, { recipient_id: id });
    }
    if (kind === 'comment_id' && !c) return this.refuse(reply, 400, 100, 33);
    if (kind === 'comment_id' && this.privatelyAnswered.has(id)) return this.refuse(reply, 400, 10900, 0);
    if (kind === 'id' && !this.talks.has(id)) return this.refuse(reply, 400, 100, 2018001);
    if (body.reply_to && !this.knowsQuotes) return this.refuse(reply, 400, 100, 0, '(#100) Invalid keys "reply_to"');
    const person = c ? c.from : id, last = this.talks.get(person)?.find((m) => m.from === person);
    if (kind === 'id' && body.messaging_type !== 'MESSAGE_TAG' && last && Date.now() - last.at > 24 * 3600e3) return this.refuse(reply, 403, 10, 2534022, '(#10) This message is sent outside of allowed window.');
    if (kind === 'id' && last && Date.now() - last.at > 7 * 24 * 3600e3) return this.refuse(reply, 403, 10, 2534022);
    if (c) this.privatelyAnswered.add(id);
    const made = this.say(person, body.message.text ?? '', { from: this.id });
    made.file = Boolean(body.message.attachment);
    this.sent.push({ via: 'message', to: person, id: made.id, ...body });
    return this.json(reply, 200, { recipient_id: person, message_id: made.id });
  }

  answer(reply, name, id, body) {
    if (name === 'mention') {
      this.sent.push({ via: 'mention', ...body });
      return this.json(reply, 200, { id: this.newId() });
    }
    if (name === 'reply' ? !this.comments.has(id) : !this.posts.some((p) => p.id === id)) return this.refuse(reply, 400, 100, 33, 'Unsupported post request.');
    const made = this.comment(id, body.message, { from: this.id, username: this.username });
    this.sent.push({ via: name, on: id, id: made.id, ...body });
    return this.json(reply, 200, { id: made.id });
  }

  token_(reply, name, q, body) {
    const given = { permissions: ['instagram_business_basic'], access_token: 'IGAAshort', user_id: Number(this.id) };
    if (name === 'short') {
      if (body.client_id !== this.appId || body.client_secret !== this.appSecret || body.code !== 'kode-masuk')
        return this.json(reply, 400, { error_type: 'OAuthException', code: 400, error_message: 'Invalid authorization code' });
      return this.json(reply, 200, this.wraps ? { data: [{ ...given, user_id: this.id, permissions: 'instagram_business_basic' }] } : given);
    }
    if (name === 'fbToken') {
      if (q.grant_type) return this.json(reply, 200, { access_token: 'EAAlong', token_type: 'bearer', expires_in: 5183999 });
      return q.code === 'kode-masuk' ? this.json(reply, 200, { access_token: 'EAAshort' }) : this.refuse(reply, 400, 100, 36009);
    }
    if (q.access_token !== (name === 'long' ? 'IGAAshort' : this.token) || this.isRevoked) return this.refuse(reply, 400, 190, 463);
    if (name === 'refresh') this.token = 'IGAAnewer';
    return this.json(reply, 200, { access_token: this.token, token_type: 'bearer', expires_in: 5183944 });
  }

  node(reply, id, q, who) {
    const c = this.comments.get(id), me = { username: this.username, name: 'Toko Batik', account_type: 'BUSINESS', followers_count: 1200, follows_count: 10, media_count: this.posts.length };
    const mention = /^mentioned_(comment|media)\.\w+\((\d+)\)/.exec(q.fields);
    if (mention) {
      const found = mention[1] === 'comment' ? { mentioned_comment: { id: mention[2], text: 'cobain @batik', timestamp: iso(1780000000000), username: 'citra', media: { id: '1' } } }
        : { mentioned_media: { id: mention[2], caption: 'foto dengan @batik', timestamp: iso(1780000000000), username: 'citra' } };
      return this.json(reply, 200, { ...found, id: this.id });
    }
    if (id === 'me' && this.login === 'facebook') return this.json(reply, 200, { id: '1122334455', name: 'Toko Batik', instagram_business_account: { id: this.id, ...me } });
    if (id === 'me') return this.json(reply, 200, { id: '9876543210987654', user_id: this.id, ...me });
    if (id === this.id) return this.json(reply, 200, { id, ...me });
    if (id === '1122334455') return this.json(reply, 200, this.pages.find((p) => p.id === id));
    if (c) return this.json(reply, 200, this.shapeComment(c));
    if (this.people.has(id)) return this.json(reply, 200, { ...this.people.get(id), id });
    const page = this.pages.find((p) => p.id === id);
    if (page && who === 'user') return this.json(reply, 200, page);
    return this.talks.has(id) ? this.refuse(reply, 400, 230, 0, 'User consent is required') : this.refuse(reply, 400, 100, 33, 'Unsupported get request.');
  }

  routes(reply, name, id, q, body, who) {
    const c = this.comments.get(id), newest = (list) => [...list].reverse();
    switch (name) {
      case 'short': case 'long': case 'refresh': case 'fbToken': return this.token_(reply, name, q, body);
      case 'debug': return this.json(reply, 200, { data: { is_valid: !this.isRevoked, expires_at: 0, data_access_expires_at: 1800000000, scopes: this.scopes } });
      case 'accounts': return this.json(reply, 200, { data: this.pages });
      case 'subscribe': {
        const bad = q.subscribed_fields.split(',').find((f) => this.unknownFields.has(f) || !(this.login === 'facebook' ? ['feed'] : HOOK_FIELDS).includes(f));
        if (bad) return this.refuse(reply, 400, 100, 0, `(#100) Param subscribed_fields[0] must be one of {…} - got "${bad}".`);
        this.subscribed = q.subscribed_fields.split(',');
        return this.json(reply, 200, { success: true });
      }
      case 'subscriptions': return this.json(reply, 200, { data: this.subscribed ? [{ id: this.appId, name: 'Warung Inbox', subscribed_fields: this.subscribed }] : [] });
      case 'unsubscribe': this.subscribed = null; return this.json(reply, 200, { success: 'true' });
      case 'appHook': this.appHook = body; return this.json(reply, 200, { success: true });
      case 'media': return this.json(reply, 200, this.page(this.posts, q, (p) => this.shapePost(p)));
      case 'insights': return this.json(reply, 200, { data: this.hasInsights === false ? [] : [{ name: 'views', values: [{ value: 240 }] }, { name: 'shares', values: [{ value: 3 }] }] });
      case 'comments':
        if (!this.posts.some((p) => p.id === id)) return this.refuse(reply, 400, 100, 33);
        return this.json(reply, 200, this.page(newest([...this.comments.values()].filter((x) => x.post === id && !x.parent)), q, (x) => this.shapeComment(x, true)));
      case 'replies':
        return c ? this.json(reply, 200, this.page([...this.comments.values()].filter((x) => x.parent === id), q, (x) => this.shapeComment(x))) : this.refuse(reply, 400, 100, 33);
      case 'conversations': return this.json(reply, 200, this.page([...this.talks.keys()].filter((p) => !q.user_id || p === q.user_id), q, (p) => this.shapeTalk(p)));
      case 'reply': case 'comment': case 'mention': return this.answer(reply, name, id, body);
      case 'messages': return this.say_(reply, body);
      case 'hide':
        if (!c) return this.refuse(reply, 400, 100, 33);
        c.hidden = body.hide;
        return this.json(reply, 200, { success: true });
      case 'remove': return this.comments.delete(id) ? this.json(reply, 200, { success: true }) : this.refuse(reply, 400, 100, 33);
      default: return this.node(reply, id, q, who);
    }
  }

  // Whose token it is, or why it is none.
  whose(rq, q) {
    const token = /^Bearer (\S+)$/.exec(rq.headers.authorization ?? '')?.[1];
    if (!token) return { whose: 'none' };
    if (token === `${this.appId}|${this.appSecret}`) return { whose: 'app' };
    if (q.appsecret_proof !== createHmac('sha256', this.appSecret).update(token).digest('hex')) return { code: 104 };
    if (this.isRevoked) return { code: 190, sub: 460 };
    return token === this.token ? { whose: 'own' } : token === 'EAAlong' ? { whose: 'user' } : { code: 190, sub: 463 };
  }

  check(row, rq, q, body, type) {
    const { appsecret_proof: _, ...rest } = q, isForm = type === 'multipart';
    if (!/^tanggap|^curl/i.test(rq.headers['user-agent'] ?? '')) return 'no User-Agent of ours';
    if ((type === 'urlencoded') !== Boolean(row.urlencoded)) return `a body of type ${type}`;
    const bad = violated('query', rest, row.need, row.may);
    if (bad || row.send) return bad ?? violatedSend(body, isForm);
    return isForm ? 'a form where none belongs' : violated('body', body, row.body, row.mayBody);
  }

  readBody(bytes, type) {
    if (!bytes.length) return [{}, 'none'];
    if (/^multipart\/form-data/.test(type)) return [readForm(bytes, type), 'multipart'];
    if (type === 'application/x-www-form-urlencoded') return [Object.fromEntries(new URLSearchParams(bytes.toString())), 'urlencoded'];
    return [JSON.parse(bytes.toString()), type === 'application/json' ? 'json' : type];
  }

  fault(rq, reply, pathname) {
    const fault = this.faults.find((f) => f.times > 0 && pathname.includes(f.path));
    if (!fault) return false;
    fault.times--;
    if (fault.cut === 'before') rq.socket.destroy();
    else if (fault.error) this.refuse(reply, fault.status ?? 400, fault.error[0], fault.error[1], undefined, fault.headers);
    else if (fault.status) reply.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers }).end(fault.body ?? '<html>Sorry</html>');
    else if (fault.cut === 'after') reply.end = () => rq.socket.destroy();
    return fault.delayMs ? sleep(fault.delayMs).then(() => false) : fault.cut !== 'after';
  }

  async handle(rq, reply) {
    const pieces = [];
    for await (const piece of rq) pieces.push(piece);
    const url = new URL(rq.url, 'http://fake'), q = Object.fromEntries(url.searchParams);
    if (await this.fault(rq, reply, url.pathname)) return null;
    this.checked++;
    const isVersioned = url.pathname.startsWith(`/${this.version}/`), path = decodeURIComponent(isVersioned ? url.pathname.slice(this.version.length + 1) : url.pathname);
    const row = TABLE.find((r) => r.at[0] === rq.method && r.at[1].test(path) && Boolean(r.bare) !== isVersioned);
    if (!row) return this.violation(reply, rq, 'no such call');
    const [body, type] = this.readBody(Buffer.concat(pieces), rq.headers['content-type'] ?? '');
    const who = this.whose(rq, q), bad = this.check(row, rq, q, body, type);
    if (bad) return this.violation(reply, rq, bad);
    if (who.code) return this.refuse(reply, 400, who.code, who.sub);
    if (row.auth !== 'any' && row.auth !== who.whose) return this.violation(reply, rq, `the token is ${who.whose}'s, not ${row.auth}'s`);
    this.calls.push({ name: row.name, path, query: q, body });
    if (this.denied.has(row.name)) return this.refuse(reply, 403, 10, 0, '(#10) Application does not have permission for this action');
    return this.routes(reply, row.name, row.at[1].exec(path)[1], q, body, who.whose);
  }

  async listen(port = 0) {
    this.server = http.createServer((rq, reply) => this.handle(rq, reply).catch((e) => this.violation(reply, rq, `the fake fell over: ${e.stack}`)));
    this.server.on('connection', (socket) => this.sockets.add(socket.on('close', () => this.sockets.delete(socket))));
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export const start = (options) => new FakeInstagram(options).listen();
