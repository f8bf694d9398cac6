// One shop on every platform at once, each reached through a gate: who writes there, who is answered, and what arrived.
import { randomBytes } from 'node:crypto';
import * as instagram from '../fakes/instagram.mjs';
import * as line from '../fakes/line.mjs';
import * as page from '../fakes/page.mjs';
import * as whatsapp from '../fakes/whatsapp.mjs';
import * as x from '../fakes/x.mjs';
import * as youtube from '../fakes/youtube.mjs';
import { FakeTelegram } from './fake-telegram.mjs';
import { Gate } from './gate.mjs';
import { Installation, until } from './lib.mjs';

const hex = (n) => randomBytes(n).toString('hex');

export class Street {
  static async open() {
    const s = new Street();
    s.page = await page.start({ appSecret: hex(16), token: `EAAPAGE${hex(12)}`, pageSize: 25 });
    s.instagram = await instagram.start({ appSecret: hex(16), token: `IGAA${hex(12)}`, pageSize: 25 });
    s.whatsapp = await whatsapp.start({ appSecret: hex(16), token: `EAAwhats${hex(12)}`, appId: '77665544' });
    s.line = await line.start({ secret: hex(16), token: `line-token-${hex(12)}` });
    s.youtube = await youtube.start();
    s.youtube.client = { id: 'klien-uji.apps.example', secret: 'rahasia-klien-uji' };
    s.youtube.refreshTokens.add('1//segar-uji-0123456789');
    s.x = await x.start();
    s.telegram = await FakeTelegram.start();
    s.bot = s.telegram.bot();
    try {
      await s.build();
    } catch (e) {
      await s.close();
      throw e;
    }
    return s;
  }

  // Meta's one address serves a Page and a WhatsApp number.
  metaOf(rq) {
    const w = this.whatsapp, seen = `${rq.url} ${rq.headers.authorization ?? ''}`;
    return [w.phoneId, w.waba, w.token, w.appId].some((word) => seen.includes(word)) ? w.url : this.page.url;
  }

  async build() {
    this.gates = {
      meta: await Gate.start((rq) => this.metaOf(rq)), instagram: await Gate.start(() => this.instagram.url), line: await Gate.start(() => this.line.url),
      youtube: await Gate.start(() => this.youtube.url), x: await Gate.start(() => this.x.url), telegram: await Gate.start(() => this.telegram.url),
    };
    const g = this.gates;
    this.it = await Installation.make({ fsync: false, env: {
      TANGGAP_META_GRAPH_BASE: g.meta.url, TANGGAP_META_IG_GRAPH_BASE: g.instagram.url, TANGGAP_META_IG_TOKEN_BASE: g.instagram.url,
      TANGGAP_LINE_API_BASE: g.line.url, TANGGAP_LINE_DATA_BASE: g.line.url, TANGGAP_YOUTUBE_API_BASE: g.youtube.url,
      TANGGAP_GOOGLE_TOKEN_URL: `${g.youtube.url}/token`, TANGGAP_X_API_BASE: g.x.url, ...this.telegram.env,
      TANGGAP_TELEGRAM_API_BASE: g.telegram.url, TANGGAP_HTTP_PUBLIC_URL: 'https://toko.example',
    } });
    this.line.hookDefaults = this.whatsapp.hookDefaults = { host: '127.0.0.1', port: this.it.port };
    this.owner = this.it.addBusiness();
    await this.it.serve();
    this.it.work();
    this.client = await this.it.login(this.owner.email, this.owner.password);
  }

  get base() {
    return `/api/v1/b/${this.owner.business}`;
  }

  async get(path) {
    const reply = await this.client.get(this.base + path);
    if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  async channels() {
    return (await this.get('/channels')).items;
  }

  channel(platform, ready = (c) => c.status === 'healthy') {
    return until(`the ${platform} channel`, async () => (await this.channels()).find((c) => c.platform === platform && ready(c)), 30000);
  }

  async connect(platform, fields, more = {}) {
    const reply = await this.client.post(`${this.base}/channels`, { platform, fields, ...more });
    if (reply.status !== 201) throw new Error(`connect ${platform}: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  async connectX() {
    const made = await this.connect('x', { client_id: 'klien-x-uji-0123', client_secret: 'rahasia-x-uji-0123', day_limit: '9999' }, { transport: 'poll' });
    this.x.clientId = 'klien-x-uji-0123';
    this.x.clientSecret = 'rahasia-x-uji-0123';
    const reply = await this.client.post(`${this.base}/channels/${made.id}/login`);
    const address = new URL(reply.json.url), q = address.searchParams;
    this.x.allow('kode-x', q.get('code_challenge'), q.get('redirect_uri'));
    await this.client.get(`${new URL(q.get('redirect_uri')).pathname}?${new URLSearchParams({ state: q.get('state'), code: 'kode-x' })}`);
  }

  // Every platform, once; what is polled is read at once, so who writes there has written before.
  async connectAll() {
    await this.connect('facebook', { app_id: this.page.appId, app_secret: this.page.appSecret, token: this.page.token });
    await this.connect('instagram', { app_id: this.instagram.appId, app_secret: this.instagram.appSecret, token: this.instagram.token }, { transport: 'hook' });
    await this.connect('whatsapp', { phone_number_id: this.whatsapp.phoneId, waba_id: this.whatsapp.waba, token: this.whatsapp.token, app_id: this.whatsapp.appId, app_secret: this.whatsapp.appSecret });
    await this.connect('line', { channel_secret: this.line.secret, token: this.line.token, channel_id: this.line.channelId });
    await this.connect('youtube', { client_id: this.youtube.client.id, client_secret: this.youtube.client.secret, refresh_token: '1//segar-uji-0123456789' });
    await this.connect('telegram', { token: this.bot.token }, { transport: 'poll' });
    await this.connectX();
    for (const platform of ['facebook', 'messenger', 'instagram', 'whatsapp', 'line', 'youtube', 'telegram', 'x']) await this.channel(platform);
  }

  hookPath(channel) {
    return `http://127.0.0.1:${this.it.port}${new URL(channel.hook_url).pathname}`;
  }

  row(words) {
    return until(`a conversation that says ${words}`, async () => (await this.get('/conversations?view=open&limit=100')).items.find((r) => r.preview.includes(words)), 40000);
  }

  async say(row, text, more = {}) {
    const newest = (await this.get(`/conversations/${row.id}/messages`)).items[0];
    const reply = await this.client.post(`${this.base}/conversations/${row.id}/messages`, { text, seen: newest?.id ?? null, force: true, ...more });
    if (reply.status !== 201) throw new Error(`send ${text}: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  // 'sent' once it has become a message, else the outbox row's own state.
  async stateOf(row, sent) {
    const page = await this.get(`/conversations/${row.id}/messages`);
    const still = page.pending.find((o) => o.id === sent.id);
    return still ? still.state : page.items.some((m) => m.direction === 'out' && m.text === sent.text) ? 'sent' : 'gone';
  }

  async close() {
    this.it?.destroy();
    for (const gate of Object.values(this.gates ?? {})) await gate.close();
    for (const fake of [this.page, this.instagram, this.whatsapp, this.line, this.youtube, this.x]) await fake?.close?.();
    await this.telegram?.stop();
  }
}

export const arrived = (fake, words) => JSON.stringify(fake.sent).split(words).length - 1;
