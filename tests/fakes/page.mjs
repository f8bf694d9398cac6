// A stateful Graph API of one Facebook Page: comments, private messages, login, subscriptions, reading back in pages; it
// signs and delivers webhooks. No vendor specification exists, so it holds every request against a table of required and
// allowed fields (platforms-meta.md §1-5) and answers "CONTRACT VIOLATION …" to what breaks it. It misbehaves on request:
// delays, errors in Graph's own shape, cut lines before and after the work is done.
import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, '+0000');
const text = (v) => typeof v === 'string' && v.length > 0;
const bool = (v) => v === true || v === false || v === 'true' || v === 'false';
const oneOf = (...words) => (v) => words.includes(v);
const fieldsOf = (v) => text(v) && /^[\w,{}().:]+$/.test(v);
const whole = (most) => (v) => /^\d+$/.test(v) && Number(v) >= 1 && Number(v) <= most;
const PAGE_FIELDS = ['feed', 'mention', 'ratings', 'messages', 'message_echoes', 'message_edits', 'message_deliveries', 'message_reads', 'message_reactions',
  'messaging_postbacks', 'messaging_referrals', 'messaging_optins', 'messaging_handovers', 'standby', 'messaging_policy_enforcement', 'message_context'];
const pageFields = (v) => text(v) && v.split(',').every((f) => PAGE_FIELDS.includes(f));

const recipient = (v) => v && Object.keys(v).length === 1 && ['id', 'user_ref', 'comment_id', 'post_id'].includes(Object.keys(v)[0]) && text(Object.values(v)[0]);
const attachment = (v) => v && ['image', 'audio', 'video', 'file'].includes(v.type) && v.payload && Object.keys(v.payload).every((k) => ['url', 'is_reusable'].includes(k));
function message(v) {
  if (!v || Object.keys(v).some((k) => !['text', 'attachment', 'metadata', 'quick_replies'].includes(k))) return false;
  if (('text' in v) === ('attachment' in v)) return false;
  if ('text' in v && !text(v.text)) return false;
  if ('attachment' in v && !attachment(v.attachment)) return false;
  if ('metadata' in v && !(text(v.metadata) && v.metadata.length <= 1000)) return false;
  return (v.quick_replies ?? []).length <= 13 && (v.quick_replies ?? []).every((q) => q.content_type === 'text' && text(q.title) && q.title.length <= 20 && q.payload.length <= 1000);
}
const reactionPayload = (v) => v && text(v.message_id) && Object.keys(v).every((k) => ['message_id', 'reaction'].includes(k));

// need: must be there; may: is allowed; each with its check. `auth`: whose token.
export const TABLE = [
  { name: 'token', at: ['GET', /^\/oauth\/access_token$/], auth: 'none', need: { client_id: text, client_secret: text },
    may: { redirect_uri: text, code: text, grant_type: oneOf('fb_exchange_token'), fb_exchange_token: text } },
  { name: 'debug', at: ['GET', /^\/debug_token$/], auth: 'app', need: { input_token: text } },
  { name: 'accounts', at: ['GET', /^\/me\/accounts$/], auth: 'user', need: { fields: fieldsOf }, may: { limit: whole(100), after: text } },
  { name: 'subscribe', at: ['POST', /^\/([^/]+)\/subscribed_apps$/], auth: 'page', need: { subscribed_fields: pageFields } },
  { name: 'subscriptions', at: ['GET', /^\/([^/]+)\/subscribed_apps$/], auth: 'page' },
  { name: 'unsubscribe', at: ['DELETE', /^\/([^/]+)\/subscribed_apps$/], auth: 'page' },
  { name: 'appHook', at: ['POST', /^\/(\d+)\/subscriptions$/], auth: 'app',
    body: { object: oneOf('page'), callback_url: (v) => /^https:\/\//.test(v), verify_token: text, fields: pageFields, include_values: bool } },
  { name: 'feed', at: ['GET', /^\/([^/]+)\/(feed|posts)$/], auth: 'page', need: { fields: fieldsOf, limit: whole(100) }, may: { after: text, until: text, __paging_token: text } },
  { name: 'comments', at: ['GET', /^\/([^/]+)\/comments$/], auth: 'page', need: { fields: fieldsOf, filter: oneOf('stream', 'toplevel'), order: oneOf('chronological', 'reverse_chronological'), limit: whole(100) },
    may: { after: text, since: whole(1e12) } },
  { name: 'comment', at: ['POST', /^\/([^/]+)\/comments$/], auth: 'page', body: {}, mayBody: { message: text, attachment_id: text, attachment_url: (v) => /^https:\/\//.test(v) } },
  { name: 'photo', at: ['POST', /^\/([^/]+)\/photos$/], auth: 'page', form: { published: oneOf('false'), source: (v) => v.bytes?.length > 0 }, mayForm: { temporary: bool } },
  { name: 'like', at: ['POST', /^\/([^/]+)\/likes$/], auth: 'page' },
  { name: 'unlike', at: ['DELETE', /^\/([^/]+)\/likes$/], auth: 'page' },
  { name: 'conversations', at: ['GET', /^\/([^/]+)\/conversations$/], auth: 'page', need: { platform: oneOf('messenger'), fields: fieldsOf }, may: { limit: whole(100), after: text, user_id: text } },
  { name: 'messages', at: ['POST', /^\/([^/]+)\/messages$/], auth: 'page', send: true },
  { name: 'edit', at: ['POST', /^\/([^/]+)$/], auth: 'page', body: {}, mayBody: { message: text, is_hidden: (v) => v === true || v === false } },
  { name: 'remove', at: ['DELETE', /^\/([^/]+)$/], auth: 'page' },
  { name: 'node', at: ['GET', /^\/([^/]+)$/], auth: 'any', need: { fields: fieldsOf } },
];

const violated = (part, given, need = {}, may = {}) => {
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
};

function violatedSend(body, isForm) {
  if ('sender_action' in body) {
    const reacts = ['react', 'unreact'].includes(body.sender_action);
    return violated('body', body, { recipient, sender_action: oneOf('mark_seen', 'react', 'unreact'), ...(reacts ? { payload: reactionPayload } : {}) });
  }
  const late = body.messaging_type === 'MESSAGE_TAG';
  const bad = violated('body', body, { recipient, messaging_type: oneOf('RESPONSE', 'MESSAGE_TAG'), message, ...(late ? { tag: oneOf('HUMAN_AGENT') } : {}), ...(isForm ? { filedata: (v) => v.bytes?.length > 0 } : {}) },
    { reply_to: (v) => v && Object.keys(v).join() === 'mid' && text(v.mid) });
  return bad ?? (isForm && !body.message.attachment ? 'a file without an attachment' : !isForm && body.message.attachment && !body.message.attachment.payload.url ? 'an attachment without a file' : null);
}

// multipart/form-data → {name: text or {name, mime, bytes}}
function readForm(bytes, type) {
  const boundary = /boundary=(\S+)/.exec(type)?.[1], out = {};
  for (const part of bytes.toString('latin1').split(`--${boundary}`).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n'), head = part.slice(0, at), content = part.slice(at + 4, -2);
    const name = /name="([^"]*)"/.exec(head)[1], file = /filename="([^"]*)"/.exec(head)?.[1];
    out[name] = file === undefined ? Buffer.from(content, 'latin1').toString('utf8')
      : { name: file, mime: /Content-Type: (\S+)/i.exec(head)?.[1], bytes: Buffer.from(content, 'latin1') };
  }
  return out;
}

export class FakePage {
  constructor({ pageId = '1122334455', pageName = 'Warung Melati', token = 'EAAPAGE', userToken = 'EAAlong', appId = '99887766', appSecret = 'rahasia-aplikasi', verifyToken = 'kata-uji', version = 'v25.0', pageSize = 2 } = {}) {
    Object.assign(this, { pageId, pageName, token, userToken, appId, appSecret, verifyToken, version, pageSize });
    this.calls = [];
    this.violations = [];
    this.checked = 0;
    this.sent = [];                    // what reached people: {via: 'comment' | 'message', …}
    this.posts = [];
    this.comments = new Map();         // id → comment
    this.talks = new Map();            // PSID → {id, messages}
    this.people = new Map();           // PSID → profile
    this.privatelyAnswered = new Set();
    this.subscribed = null;            // fields
    this.appHook = null;
    this.lastSeen = null;
    this.reactions = new Map();
    this.pages = [{ id: pageId, name: pageName, access_token: token }];
    this.scopes = ['pages_manage_metadata', 'pages_read_engagement', 'pages_read_user_content', 'pages_manage_engagement', 'pages_messaging'];
    this.unknownFields = new Set();    // names that subscribed_fields refuses
    this.hasInsights = true;
    this.needsProof = true;
    this.isRevoked = false;
    this.faults = [];
    this.sockets = new Set();
    this.number = 800000;
  }

  // A fault takes the next `times` calls whose path has `path` in it: {status, error, body, headers, delayMs, cut: 'before' | 'after'}.
  next(path, fault, times = 1) {
    this.faults.push({ path, times, ...fault });
  }

  post(message, { from = this.pageId, at = Date.now(), ...more } = {}) {
    const post = { id: `${this.pageId}_${++this.number}`, message, from, at, likes: 0, ...more };
    this.posts.unshift(post);
    return post;
  }

  comment(on, message, { from = '6100000000000001', name = 'Ani Contoh', at = Date.now(), ...more } = {}) {
    const parent = this.comments.get(on), post = parent ? parent.post : on;
    const comment = { id: `${post.split('_')[1] ?? post}_${++this.number}`, post, parent: parent ? parent.parent ?? parent.id : null, message, from, name, at, hidden: false, liked: false, ...more };
    this.comments.set(comment.id, comment);
    return comment;
  }

  say(psid, message, { at = Date.now(), from = psid } = {}) {
    if (!this.talks.has(psid)) this.talks.set(psid, { id: `t_${psid}`, messages: [] });
    const one = { id: `m_${++this.number}`, message, from, at };
    this.talks.get(psid).messages.unshift(one);
    return one;
  }

  sign(body) {
    return `sha256=${createHmac('sha256', this.appSecret).update(body).digest('hex')}`;
  }

  // The body as Meta writes it: everything beyond ASCII escaped, and slashes too.
  body(entries) {
    return Buffer.from(JSON.stringify({ object: 'page', entry: entries }).replaceAll('/', '\\/')
      .replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
  }

  async deliver(entries, to) {
    const body = this.body(entries);
    const reply = await fetch(to, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': this.sign(body) } });
    return reply.status;
  }

  entryOfMessage(psid, said) {
    return { id: this.pageId, time: said.at, messaging: [{ sender: { id: psid }, recipient: { id: this.pageId }, timestamp: said.at, message: { mid: said.id, text: said.message } }] };
  }

  entryOfComment(c, verb = 'add') {
    return { id: this.pageId, time: Math.floor(c.at / 1000), changes: [{ field: 'feed', value: { item: 'comment', verb, from: { id: c.from, name: c.name }, post_id: c.post, comment_id: c.id,
      parent_id: c.parent ?? c.post, created_time: Math.floor(c.at / 1000), message: c.message } }] };
  }

  // ---- answers ----

  json(reply, status, body, headers = {}) {
    const bytes = Buffer.from(JSON.stringify(body));
    reply.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'facebook-api-version': this.version, 'x-app-usage': '{"call_count":7,"total_cputime":2,"total_time":3}', 'content-length': bytes.length, ...headers });
    reply.end(bytes);
  }

  refuse(reply, status, code, sub, message, headers) {
    this.json(reply, status, { error: { message: message ?? `(#${code}) refused`, type: 'OAuthException', code, ...(sub ? { error_subcode: sub } : {}), fbtrace_id: 'AbCdEf' } }, headers);
  }

  violation(reply, rq, what) {
    const line = `${rq.method} ${rq.url.split('?')[0]}: ${what}`;
    this.violations.push(line);
    this.json(reply, 400, { error: { message: `CONTRACT VIOLATION ${line}`, type: 'OAuthException', code: 100 } });
  }

  // Pages of a list; `next` points to a stranger, who must not be asked.
  paged(reply, list, params, shape) {
    const from = params.after ? Number(Buffer.from(params.after, 'base64url').toString()) : 0;
    const size = Math.min(this.pageSize, Number(params.limit ?? this.pageSize)), upto = from + size;
    const after = Buffer.from(String(upto)).toString('base64url');
    this.json(reply, 200, { data: list.slice(from, upto).map(shape), paging: list.length ? { cursors: { before: 'QQ', after }, ...(upto < list.length ? { next: `https://evil.example/next?access_token=${this.token}&after=${after}` } : {}) } : undefined });
  }

  shapePost(post, insights) {
    const comments = [...this.comments.values()].filter((c) => c.post === post.id);
    return { id: post.id, message: post.message, created_time: iso(post.at), updated_time: iso(Math.max(post.at, ...comments.map((c) => c.at))), permalink_url: `https://www.facebook.com/${post.id}`,
      from: { id: post.from, name: post.from === this.pageId ? this.pageName : 'Ani Contoh' }, is_published: true, shares: { count: 1 },
      comments: { data: [], summary: { total_count: comments.length } }, reactions: { data: [], summary: { total_count: post.likes } },
      ...(insights ? { insights: { data: [{ name: 'post_media_view', values: [{ value: 240 }] }] } } : {}) };
  }

  shapeComment(c) {
    return { id: c.id, message: c.message, created_time: iso(c.at), from: { id: c.from, name: c.name }, ...(c.parent ? { parent: { id: c.parent } } : {}), is_hidden: c.hidden,
      ...(c.photo ? { attachment: { type: 'photo', media: { image: { src: 'https://scontent.example/p.jpg' } } } } : {}), like_count: c.liked ? 1 : 0, comment_count: 0, can_hide: c.from !== this.pageId };
  }

  shapeMessage(psid, m) {
    const us = { id: this.pageId, name: this.pageName }, they = { id: psid, name: this.people.get(psid)?.name };
    return { id: m.id, message: m.message, created_time: iso(m.at), from: m.from === this.pageId ? us : they, to: { data: [m.from === this.pageId ? they : us] },
      ...(m.file ? { attachments: { data: [{ id: '1', mime_type: 'image/png', name: 'a.png', size: 3, file_url: 'https://cdn.example/a' }] } } : {}) };
  }

  shapeTalk(psid) {
    const talk = this.talks.get(psid);
    return { id: talk.id, updated_time: iso(talk.messages[0].at), participants: { data: [{ id: psid, name: this.people.get(psid)?.name ?? 'Ani Contoh' }, { id: this.pageId, name: this.pageName }] },
      messages: { data: talk.messages.slice(0, 20).map((m) => this.shapeMessage(psid, m)) } };
  }

  // ---- routes ----

  token_(reply, q) {
    if (q.client_id !== this.appId || q.client_secret !== this.appSecret) return this.refuse(reply, 400, 101, 0, 'Error validating application');
    if (q.grant_type) return q.fb_exchange_token === 'EAAshort' ? this.json(reply, 200, { access_token: this.userToken, token_type: 'bearer', expires_in: 5183999 }) : this.refuse(reply, 400, 190, 463);
    return q.code === 'kode-masuk' ? this.json(reply, 200, { access_token: 'EAAshort', token_type: 'bearer', expires_in: 3600 }) : this.refuse(reply, 400, 100, 36009, 'This authorization code has been used.');
  }

  debug(reply, q) {
    if (q.input_token !== this.token && q.input_token !== this.userToken) return this.json(reply, 200, { data: { is_valid: false, error: { code: 190, message: 'The session is dead', subcode: 460 } } });
    return this.json(reply, 200, { data: { app_id: this.appId, type: 'PAGE', is_valid: !this.isRevoked, expires_at: 0, data_access_expires_at: 1800000000, scopes: this.scopes, ...(this.loginUser ? { user_id: this.loginUser } : {}),
      granular_scopes: [{ scope: 'pages_messaging', target_ids: [this.pageId] }], ...(this.isRevoked ? { error: { code: 190, message: 'The session is dead' } } : {}) } });
  }

  node(reply, id, q, rq) {
    const c = this.comments.get(id), talk = [...this.talks].find(([, t]) => t.id === id), person = this.people.get(id);
    if (id === 'me' || id === this.pageId)
      return this.json(reply, 200, { id: this.pageId, name: this.pageName, followers_count: 120, fan_count: 118, ...(rq.auth === 'user' ? { access_token: this.token } : {}) });
    if (c) return this.json(reply, 200, { id, can_reply_privately: !this.privatelyAnswered.has(id), ...(this.privatelyAnswered.has(id) ? { private_reply_conversation: { id: this.talks.get(c.from).id } } : {}) });
    if (talk) return this.json(reply, 200, this.shapeTalk(talk[0]));
    if (person) return this.json(reply, 200, person);
    return this.refuse(reply, 400, 100, this.talks.has(id) ? 2018218 : 33, 'Unsupported get request.');
  }

  addComment(reply, on, body) {
    if (!this.comments.has(on) && !this.posts.some((p) => p.id === on)) return this.refuse(reply, 400, 100, 33, 'Unsupported post request.');
    const made = this.comment(on, body.message ?? '', { from: this.pageId, name: this.pageName, photo: body.attachment_id ?? body.attachment_url });
    this.sent.push({ via: 'comment', on, id: made.id, ...body });
    return this.json(reply, 200, { id: made.id });
  }

  send(reply, body) {
    const [kind, id] = Object.entries(body.recipient)[0];
    const c = this.comments.get(id), post = this.posts.find((p) => p.id === id);
    if (body.sender_action) {
      if (!this.talks.has(id)) return this.refuse(reply, 400, 100, 2018001, 'No matching user found');
      if (body.sender_action === 'mark_seen') this.lastSeen = id;
      else this.reactions.set(body.payload.message_id, body.sender_action === 'react' ? body.payload.reaction : '');
      return this.json(reply, 200, { recipient_id: id });
    }
    if (body.message.text?.length > 2000) return this.refuse(reply, 400, 100, 0, 'Length of param message[text] must be less than or equal to 2000');
    if (kind === 'post_id' ? !post : kind === 'comment_id' ? !c : kind === 'id' && !this.talks.has(id)) return this.refuse(reply, 400, 100, kind === 'id' ? 2018001 : 0, 'No matching user found');
    if (kind !== 'id' && this.privatelyAnswered.has(id)) return this.refuse(reply, 400, 10900, 0, 'Activity already replied to');
    const psid = kind === 'id' || kind === 'user_ref' ? id : (c ?? post).from;
    const last = this.talks.get(psid)?.messages.find((m) => m.from === psid);
    if (kind === 'id' && body.messaging_type === 'RESPONSE' && last && Date.now() - last.at > 24 * 3600e3) return this.refuse(reply, 400, 10, 2018278, '(#10) This message is sent outside of allowed window.');
    if (kind !== 'id') this.privatelyAnswered.add(id);
    const made = this.say(psid, body.message.text ?? '', { from: this.pageId });
    made.file = Boolean(body.message.attachment);
    this.sent.push({ via: 'message', to: psid, id: made.id, ...body });
    return this.json(reply, 200, { ...(kind === 'user_ref' ? {} : { recipient_id: psid }), message_id: made.id });
  }

  change(reply, id, body) {
    const c = this.comments.get(id);
    if (!c) return this.refuse(reply, 400, 100, 33, 'Unsupported post request.');
    if ('is_hidden' in body) c.hidden = body.is_hidden;
    if ('message' in body) c.message = body.message;
    return this.json(reply, 200, { success: true });
  }

  routes(reply, name, id, q, body, rq) {
    const c = this.comments.get(id);
    switch (name) {
      case 'token': return this.token_(reply, q);
      case 'debug': return this.debug(reply, q);
      case 'accounts': return this.paged(reply, this.pages, { ...q, limit: this.pageSize }, (p) => p);
      case 'subscribe': {
        const bad = q.subscribed_fields.split(',').find((f) => this.unknownFields.has(f));
        if (bad) return this.refuse(reply, 400, 100, 0, `(#100) Param subscribed_fields[0] must be one of {…} - got "${bad}".`);
        this.subscribed = q.subscribed_fields.split(',');
        return this.json(reply, 200, { success: true });
      }
      case 'subscriptions': return this.json(reply, 200, { data: this.subscribed ? [{ id: this.appId, name: 'Warung Inbox', subscribed_fields: this.subscribed }] : [] });
      case 'unsubscribe': this.subscribed = null; return this.json(reply, 200, { success: 'true' });
      case 'appHook':
        if (body.fields.split(',').some((f) => this.unknownFields.has(f))) return this.refuse(reply, 400, 100, 0, '(#100) Invalid parameter: fields');
        this.appHook = body; return this.json(reply, 200, { success: true });
      case 'feed': {
        const insights = /insights/.test(q.fields);
        if (insights && !this.hasInsights) return this.refuse(reply, 400, 100, 0, '(#100) The value must be a valid insights metric');
        return this.paged(reply, this.posts, q, (p) => this.shapePost(p, insights));
      }
      case 'comments': {
        if (!c && !this.posts.some((p) => p.id === id)) return this.refuse(reply, 400, 100, 33, 'Unsupported get request.');
        const list = [...this.comments.values()].filter((one) => (one.post === id || one.parent === id) && one.at / 1000 >= Number(q.since ?? 0));
        return this.paged(reply, q.order === 'chronological' ? list : list.reverse(), q, (one) => this.shapeComment(one));
      }
      case 'comment': return this.addComment(reply, id, body);
      case 'photo': return this.json(reply, 200, { id: `photo${++this.number}` });
      case 'like': case 'unlike':
        if (!c) return this.refuse(reply, 400, 100, 33);
        c.liked = name === 'like';
        return this.json(reply, 200, { success: true });
      case 'conversations': return this.paged(reply, [...this.talks.keys()].filter((psid) => !q.user_id || psid === q.user_id), q, (psid) => this.shapeTalk(psid));
      case 'messages': return this.send(reply, body);
      case 'edit': return this.change(reply, id, body);
      case 'remove': return this.comments.delete(id) ? this.json(reply, 200, { success: true }) : this.refuse(reply, 400, 100, 33);
      default: return this.node(reply, id, q, rq);
    }
  }

  // Whose token it is, or why it is none.
  whose(rq, q) {
    const token = /^Bearer (\S+)$/.exec(rq.headers.authorization ?? '')?.[1];
    if (!token) return { whose: 'none' };
    if (token === `${this.appId}|${this.appSecret}`) return { whose: 'app' };
    if (q.appsecret_proof && q.appsecret_proof !== createHmac('sha256', this.appSecret).update(token).digest('hex')) return { code: 104 };
    if (!q.appsecret_proof && this.needsProof) return { violation: 'no appsecret_proof' };
    if (this.isRevoked) return { code: 190, sub: 460 };
    return token === this.token ? { whose: 'page' } : token === this.userToken ? { whose: 'user' } : { code: 190, sub: 463 };
  }

  check(row, rq, q, body, isForm) {
    const { appsecret_proof: _, ...rest } = q;
    if (!/^tanggap|^curl/i.test(rq.headers['user-agent'] ?? '')) return 'no User-Agent of ours';
    const bad = violated('query', rest, row.need, row.may);
    if (bad) return bad;
    if (row.send) return violatedSend(body, isForm);
    if (row.form) return isForm ? violated('form', body, row.form, row.mayForm) : 'not a form';
    if (isForm) return 'a form where none belongs';
    const badBody = violated('body', body, row.body, row.mayBody);
    return badBody ?? (row.mayBody && !Object.keys(body).length ? 'an empty body' : null);
  }

  async handle(rq, reply) {
    const pieces = [];
    for await (const piece of rq) pieces.push(piece);
    const bytes = Buffer.concat(pieces), url = new URL(rq.url, 'http://fake'), q = Object.fromEntries(url.searchParams);
    const isForm = /^multipart\/form-data/.test(rq.headers['content-type'] ?? '');
    const fault = this.faults.find((f) => f.times > 0 && url.pathname.includes(f.path));
    if (fault) fault.times--;
    if (fault?.delayMs) await sleep(fault.delayMs);
    if (fault?.cut === 'before') return rq.socket.destroy();
    if (fault?.error) return this.refuse(reply, fault.status ?? 400, fault.error[0], fault.error[1], undefined, fault.headers);
    if (fault?.status) {
      reply.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers });
      return reply.end(fault.body ?? '<html>Sorry, something went wrong.</html>');
    }
    if (fault?.cut === 'after') reply.end = () => rq.socket.destroy();
    this.checked++;
    if (!url.pathname.startsWith(`/${this.version}/`)) return this.violation(reply, rq, 'no version');
    const path = decodeURIComponent(url.pathname.slice(this.version.length + 1));
    const row = TABLE.find((r) => r.at[0] === rq.method && r.at[1].test(path));
    if (!row) return this.violation(reply, rq, 'no such call');
    let body = {};
    if (isForm) {
      body = readForm(bytes, rq.headers['content-type']);
      if (row.send) for (const key of ['recipient', 'message', 'reply_to']) if (body[key]) body[key] = JSON.parse(body[key]);
    } else if (bytes.length) {
      if (rq.headers['content-type'] !== 'application/json') return this.violation(reply, rq, `content type ${rq.headers['content-type']}`);
      body = JSON.parse(bytes.toString());
    }
    const who = this.whose(rq, q), bad = who.violation ?? this.check(row, rq, q, body, isForm);
    if (bad) return this.violation(reply, rq, bad);
    if (who.code) return this.refuse(reply, 400, who.code, who.sub);
    if (row.auth !== 'any' && row.auth !== who.whose) return this.violation(reply, rq, `the token is ${who.whose}'s, not ${row.auth}'s`);
    rq.auth = who.whose;
    this.calls.push({ name: row.name, path, query: q, body });
    return this.routes(reply, row.name, row.at[1].exec(path)[1], q, body, rq);
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

export const start = (options) => new FakePage(options).listen();
export const retryKey = () => randomUUID();
