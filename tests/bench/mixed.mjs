// Eight platforms' traffic, made before any clock starts: each customer's story has ten events (messages, comments, edits,
// deletes, reactions, statuses, echoes), bodies carry several events of two customers in the platform's own form, and
// each is signed as the platform signs.
import { createHash, createHmac } from 'node:crypto';

export const SECRET = 'benchsecretbenchsecret';
export const STORY = 10;                     // events a customer
const OURS = { whatsapp: '106500000000001', page: '900100', instagram: '17841400000000001', telegram: '7700000001',
  line: 'U00000000000000000000000000000099', x: '2244994945' };
const now = Date.now();
const seconds = Math.floor(now / 1000);
const hex = (bytes, form) => createHmac('sha256', SECRET).update(bytes).digest(form);
const words = (tag, more = '') => `${more}Halo kak, paket saya kok belum sampai dari kemarin? ${tag}`;

const meta = (bytes) => ({ 'X-Hub-Signature-256': `sha256=${hex(bytes, 'hex')}` });

// A piece of a story: what it is, what it looks like in a body, and the tag of a message that stays in the same thread.
const piece = (kind, item, tag, list) => ({ kind, item, tag, list });

function whatsapp(who, tag) {
  const from = `62811${String(who).padStart(7, '0')}`;
  const id = (n) => `wamid.${who}.${n}`;
  const head = (n, type) => ({ from, id: id(n), timestamp: String(seconds), type });
  const said = (n) => piece('message', { ...head(n, 'text'), text: { body: words(tag(n)) } }, tag(n), 'messages');
  const beside = (kind, item, list = 'messages') => piece(kind, item, tag(0), list);
  return [said(0), said(1), said(2), said(3), said(4),
    piece('echo', { from: '6281210000001', to: from, id: id('e'), timestamp: String(seconds), type: 'text',
      text: { body: words(tag(5)) } }, tag(5), 'message_echoes'),
    beside('edit', { ...head('d1', 'edit'), edit: { original_message_id: id(1), message: { type: 'text', text: { body: words(tag(1), 'Ralat. ') } } } }),
    beside('delete', { ...head('d2', 'revoke'), revoke: { original_message_id: id(2) } }),
    beside('reaction', { ...head('d3', 'reaction'), reaction: { message_id: id(3), emoji: '👍' } }),
    beside('status', { id: id('e'), status: 'delivered', timestamp: String(seconds), recipient_id: from }, 'statuses')];
}

function whatsappBody(pieces) {
  const of = (list) => pieces.filter((p) => p.list === list).map((p) => p.item);
  const metadata = { display_phone_number: '+62 812-1000-0001', phone_number_id: OURS.whatsapp };
  const people = [...new Set(of('messages').map((m) => m.from))].map((wa_id) => ({ profile: { name: `Pelanggan ${wa_id}` }, wa_id }));
  const news = { messaging_product: 'whatsapp', metadata };
  if (of('messages').length) Object.assign(news, { contacts: people, messages: of('messages') });
  if (of('statuses').length) news.statuses = of('statuses');
  const changes = news.messages || news.statuses ? [{ field: 'messages', value: news }] : [];
  if (of('message_echoes').length) changes.push({ field: 'smb_message_echoes', value: { messaging_product: 'whatsapp', metadata, message_echoes: of('message_echoes') } });
  return { object: 'whatsapp_business_account', entry: [{ id: '102290000000001', changes }] };
}

function direct(us, prefix) {
  return (who, tag) => {
    const them = { sender: { id: `${prefix}${who}` }, recipient: { id: us }, timestamp: now };
    const mid = (n) => `m_${prefix}${who}_${n}`;
    const said = (n) => piece('message', { ...them, message: { mid: mid(n), text: words(tag(n)) } }, tag(n), 'messaging');
    const beside = (kind, item) => piece(kind, item, tag(0), 'messaging');
    return { said, all: [
      piece('echo', { sender: { id: us }, recipient: them.sender, timestamp: now, message: { mid: mid('e'), is_echo: true, app_id: 263902037430900, text: words(tag(5)) } }, tag(5), 'messaging'),
      beside('edit', { ...them, message_edit: { mid: mid(1), text: words(tag(1), 'Ralat. '), num_edit: 1 } }),
      beside('delete', { ...them, message: { mid: mid(2), is_deleted: true } }),
      beside('reaction', { ...them, reaction: { mid: mid(0), action: 'react', reaction: 'love', emoji: '❤' } })],
    delivered: () => beside('status', { ...them, delivery: { mids: [mid('e')], watermark: now } }),
    seen: () => beside('status', { ...them, read: { mid: mid('e') } }) };
  };
}

function messenger(who, tag) {
  const talk = direct(OURS.page, '66')(who, tag);
  return [0, 1, 2, 3, 4].map(talk.said).concat(talk.all, talk.delivered());
}

function facebook(who, tag) {
  const id = (n) => `${OURS.page}_${who}${n}`;
  const post = `${OURS.page}_1`;
  const comment = (n, verb, more) => ({ field: 'feed', value: { item: 'comment', verb, comment_id: id(n), post_id: post, parent_id: n ? id(0) : post,
    from: { id: `77${who}`, name: `Pelanggan ${who}` }, created_time: seconds, ...more } });
  const said = (n) => piece('message', comment(n, 'add', { message: words(tag(n)) }), tag(n), 'changes');
  const beside = (kind, item) => piece(kind, item, tag(0), 'changes');
  return [said(0), said(1), said(2), said(3), said(4),
    piece('echo', comment(5, 'add', { message: words(tag(5)), from: { id: OURS.page, name: 'Toko' } }), tag(5), 'changes'),
    beside('edit', comment(1, 'edited', { message: words(tag(1), 'Ralat. ') })),
    beside('delete', comment(2, 'remove', {})),
    ...[3, 4].map((n) => beside('reaction', { field: 'feed', value: { item: 'reaction', verb: 'add', reaction_type: 'love', comment_id: id(n), post_id: post,
      parent_id: id(0), from: { id: `77${who}`, name: `Pelanggan ${who}` }, created_time: seconds } }))];
}

function instagram(who, tag) {
  const talk = direct(OURS.instagram, '62')(who, tag);
  const comment = (n, more) => piece('message', { field: 'comments', value: { id: `1790${who}${n}`, from: { id: `62${who}`, username: `ig.${who}` },
    text: words(tag(n)), media: { id: '18000000000000001', media_product_type: 'FEED' }, ...more } }, tag(n), 'changes');
  return [0, 1, 2].map(talk.said).concat(comment(3), comment(4, { parent_id: `1790${who}3` }), talk.all, talk.seen());
}

const entryBody = (object, account) => (pieces) => {
  const of = (list) => pieces.filter((p) => p.list === list).map((p) => p.item);
  const entry = { id: account, time: now };
  for (const list of ['messaging', 'changes']) if (of(list).length) entry[list] = of(list);
  return { object, entry: [entry] };
};

function telegram(who, tag) {
  const from = { id: 7100000000 + who, is_bot: false, first_name: `Pelanggan ${who}` };
  const chat = { id: from.id, type: 'private', first_name: from.first_name };
  const at = { date: seconds, chat };
  const said = (n, more = {}) => ({ message_id: n + 1, ...at, from, text: words(tag(n)), ...more });
  const business = { business_connection_id: 'bench' };
  const update = (kind, key, value, t) => piece(kind, { [key]: value }, t, 'update');
  return [0, 1, 2].map((n) => update('message', 'message', said(n), tag(n))).concat(
    [3, 4, 5].map((n) => update('message', 'business_message', said(n, business), tag(n))),
    update('echo', 'business_message', said(6, { ...business, from: { id: 990001, is_bot: false, first_name: 'Toko' } }), tag(6)),
    update('edit', 'edited_message', said(1, { edit_date: seconds + 1, text: words(tag(1), 'Ralat. ') }), tag(0)),
    update('delete', 'deleted_business_messages', { ...business, chat, message_ids: [5] }, tag(3)),
    update('reaction', 'message_reaction', { ...at, message_id: 1, user: from, old_reaction: [], new_reaction: [{ type: 'emoji', emoji: '👍' }] }, tag(0)));
}

function line(who, tag) {
  const source = { type: 'user', userId: `U${String(who).padStart(32, '0')}` };
  const id = (n) => `5${who}${n}`;
  const head = (n, type) => ({ type, mode: 'active', timestamp: now, webhookEventId: `01BENCH${who}.${n}`, deliveryContext: { isRedelivery: false }, source });
  const said = (n) => piece('message', { ...head(n, 'message'), replyToken: `rt${who}${n}`, message: { id: id(n), type: 'text', text: words(tag(n)), quoteToken: 'q' } }, tag(n), 'events');
  return [0, 1, 2, 3, 4, 5, 6].map(said).concat(
    piece('message', { ...head(7, 'postback'), replyToken: `rt${who}7`, postback: { data: `pilih=${who}`, displayText: words(tag(7)) } }, tag(7), 'events'),
    piece('edit', { ...head('d1', 'messageEdited'), message: { id: id(1), type: 'text', text: words(tag(1), 'Ralat. ') } }, tag(0), 'events'),
    piece('delete', { ...head('d2', 'unsend'), unsend: { messageId: id(2) } }, tag(0), 'events'));
}

function x(who, tag) {
  const id = (n) => String(1990000000000000000n + BigInt(who) * 100n + BigInt(n));
  const user = { id_str: `55${who}`, name: `Pelanggan ${who}`, screen_name: `px${who}` };
  const created_at = new Date(now).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 +0000 $4');
  const post = (n) => ({ id_str: id(n), text: words(tag(n), '@toko '), created_at, user, in_reply_to_user_id_str: OURS.x,
    ...(n ? { in_reply_to_status_id_str: id(0) } : {}), entities: { user_mentions: [{ id_str: OURS.x, screen_name: 'toko', indices: [0, 5] }] } });
  const talk = (n, sender, recipient) => ({ type: 'message_create', id: id(n), created_timestamp: String(now), message_create: { target: { recipient_id: recipient },
    sender_id: sender, message_data: { text: words(tag(n)), entities: { urls: [] } } } });
  const said = (n) => piece('message', post(n), tag(n), 'tweet_create_events');
  return [said(0), said(1), said(2), said(3),
    piece('message', talk(4, user.id_str, OURS.x), tag(4), 'direct_message_events'),
    piece('message', talk(5, user.id_str, OURS.x), tag(5), 'direct_message_events'),
    piece('echo', talk(6, OURS.x, user.id_str), tag(6), 'direct_message_events'),
    piece('delete', { status: { id: id(2), user_id: user.id_str }, timestamp_ms: String(now) }, tag(0), 'tweet_delete_events'),
    ...[1, 3].map((n) => piece('reaction', { id: `like${who}${n}`, created_at, timestamp_ms: now, favorited_status: post(n), user }, tag(n), 'favorite_events'))];
}

function xBody(pieces) {
  const body = { for_user_id: OURS.x };
  for (const p of pieces) (body[p.list] ??= []).push(p.item);
  return body;
}

// number: as PLATFORMS of include/domain/event.h; size: events a body.
export const senders = [
  { word: 'whatsapp', number: 1, account: OURS.whatsapp, story: whatsapp, body: whatsappBody, sign: meta, size: 5 },
  { word: 'messenger', number: 2, account: OURS.page, story: messenger, body: entryBody('page', OURS.page), sign: meta, size: 5 },
  { word: 'facebook', number: 3, account: OURS.page, story: facebook, body: entryBody('page', OURS.page), sign: meta, size: 5 },
  { word: 'instagram', number: 4, account: OURS.instagram, story: instagram, body: entryBody('instagram', OURS.instagram), sign: meta, size: 5 },
  { word: 'telegram', number: 5, account: OURS.telegram, story: telegram, size: 1, body: (pieces, n) => ({ update_id: 1000000 + n, ...pieces[0].item }),
    sign: () => ({ 'X-Telegram-Bot-Api-Secret-Token': SECRET }) },
  { word: 'line', number: 6, account: OURS.line, story: line, body: (pieces) => ({ destination: OURS.line, events: pieces.map((p) => p.item) }), size: 5,
    sign: (bytes) => ({ 'X-Line-Signature': hex(bytes, 'base64') }) },
  { word: 'x', number: 8, account: OURS.x, story: x, body: xBody, size: 5,
    sign: (bytes) => ({ 'X-Twitter-Webhooks-Signature': `sha256=${hex(bytes, 'base64')}` }) },
];

export const hookPath = (s) => `/hooks/${s.word}/benchmixed${s.word.padEnd(10, '0')}`;

// Two customers speak at once; their bodies follow each other.
export function mix(s, events) {
  const bodies = [];
  const expected = {};
  for (let pair = 0; pair < events / STORY / 2; pair++) {
    const [a, b] = [0, 1].map((n) => {
      const who = 100000 + pair * 2 + n;
      return s.story(who, (step) => `#${s.number}-${who}-${step}`);
    });
    const both = a.flatMap((p, i) => [p, b[i]]);
    for (let at = 0; at < both.length; at += s.size) {
      const pieces = both.slice(at, at + s.size);
      const bytes = Buffer.from(JSON.stringify(s.body(pieces, pair * 2 * STORY + at)));
      bodies.push({ path: hookPath(s), bytes, headers: { 'Content-Type': 'application/json', ...s.sign(bytes) },
        digest: createHash('md5').update(bytes).digest('hex'), tags: [...new Set(pieces.map((p) => p.tag))], events: pieces.length });
      for (const p of pieces) expected[p.kind] = (expected[p.kind] ?? 0) + 1;
    }
  }
  return { bodies, expected };
}
