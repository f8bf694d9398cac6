// What the Telegram and outbox tests share: an installation with a business, a bot at the fake, and short words for the
// panel's calls.
import { randomBytes } from 'node:crypto';

import { FakeTelegram } from './fake-telegram.mjs';
import { Installation, until } from './lib.mjs';

export class Shop {
  // through(url): puts something between the program and the fake's methods, and tells its port.
  static async open({ transport = 'poll', env = {}, workers = ['work'], through } = {}) {
    const shop = new Shop();
    shop.fake = await FakeTelegram.start();
    shop.bot = shop.fake.bot();
    try {
      const api = through ? { TANGGAP_TELEGRAM_API_BASE: `http://127.0.0.1:${await through(shop.fake.url)}` } : {};
      shop.it = await Installation.make({ env: { ...shop.fake.env, ...api, ...env } });
      // Webhooks want https, as Telegram does; in production Caddy stands there.
      shop.it.env.TANGGAP_HTTP_PUBLIC_URL = 'https://toko.example';
      shop.bot.hookDefaults = { host: '127.0.0.1', port: shop.it.port };
      shop.owner = shop.it.addBusiness();
      await shop.it.serve();
      for (const name of workers) shop.it.work(name);
      shop.client = await shop.it.login(shop.owner.email, shop.owner.password);
      await shop.connect(transport);
    } catch (e) {
      await shop.close();
      throw e;
    }
    return shop;
  }

  get base() {
    return `/api/v1/b/${this.owner.business}`;
  }

  async connect(transport) {
    const reply = await this.client.post(`${this.base}/channels`, { platform: 'telegram', token: this.bot.token, name: 'Bot Uji', transport });
    if (reply.status !== 201) throw new Error(`channel: ${reply.status} ${reply.text}`);
    this.channel = reply.json.id;
    await until('the channel to be healthy', async () => (await this.channelNow()).status === 'healthy');
  }

  async channelNow() {
    return (await this.get('/channels')).items.find((c) => c.id === this.channel);
  }

  async get(path) {
    const reply = await this.client.get(this.base + path);
    if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  async rows(view = 'open') {
    return (await this.get(`/conversations?view=${view}`)).items;
  }

  // The row whose thread shows this name, once it is there.
  row(name) {
    return until(`a conversation of ${name}`, async () => (await this.rows()).find((r) => r.name === name));
  }

  async messages(conversation) {
    return this.get(`/conversations/${conversation.id ?? conversation}/messages`);
  }

  // Oldest first, once `count` of them are there.
  async said(conversation, count) {
    const page = await until(`${count} messages`, async () => {
      const got = await this.messages(conversation);
      return got.items.length >= count ? got : null;
    });
    return [...page.items].reverse();
  }

  async send(conversation, text, more = {}) {
    const page = await this.messages(conversation);
    const reply = await this.client.post(`${this.base}/conversations/${conversation.id}/messages`,
      { text, seen: page.items[0]?.id ?? null, force: true, ...more }, { 'idempotency-key': randomBytes(12).toString('hex') });
    if (reply.status !== 201) throw new Error(`send: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  async pending(conversation) {
    return (await this.messages(conversation)).pending;
  }

  // The outbox row in this state, or null when it has become a message.
  async settled(conversation, sent, state, limitMs = 30000) {
    return until(`reply ${sent.id} to be ${state}`, async () => {
      const row = (await this.pending(conversation)).find((o) => o.id === sent.id);
      if (state === 'sent') return row === undefined;
      return row?.state === state ? row : null;
    }, limitMs);
  }

  async close() {
    if (this.it) {
      for (const name of [...this.it.processes.keys()]) await this.it.end(name);
      this.it.destroy();
    }
    await this.fake.stop();
  }
}
