// Meta's own specification of the WhatsApp Cloud API, cut to the paths that we use, and mended where it contradicts itself:
// its messages are written as "all of" two closed objects, which nothing can be. Both are joined into one closed object
// here, so that a member that neither knows is a violation. What it lacks stands in `tables`, from Meta's documentation.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import yaml from 'yaml';

const text = { type: 'string', minLength: 1 };
const closed = (required, optional = {}) => ({ type: 'object', additionalProperties: false, required: Object.keys(required), properties: { ...required, ...optional } });
const json = (schema) => ({ content: { 'application/json': { schema } } });
const query = (name, required = true, schema = text) => ({ in: 'query', name, required, schema });
const any = { type: 'object' };
// How any call is refused; the file tells it for some only.
const refusal = { type: 'object', required: ['error'], properties: { error: { type: 'object', required: ['message', 'code'], properties: { message: text, code: { type: 'integer' } } } } };

// Members that documentation and other clients know and the file does not.
const beside = { biz_opaque_callback_data: { type: 'string', minLength: 1, maxLength: 512 }, recipient: { type: 'string', pattern: '^[A-Z]{2}\\.' } };

function joined(schemas, name) {
  const own = schemas[name].allOf.find((s) => !s.$ref), base = schemas.BaseMessageProperties;
  const one = { type: 'object', additionalProperties: false, required: [...new Set([...base.required, ...(own.required ?? [])])].filter((k) => k !== 'to'),
    anyOf: [{ required: ['to'] }, { required: ['recipient'] }],
    properties: { ...base.properties, ...beside, ...own.properties, type: { type: 'string', enum: [name.replace('Message', '').toLowerCase()] } } };
  return one;
}

// Whether a file goes by id or by link, nothing else may stand with it.
const media = (more = {}) => ({ oneOf: [closed({ id: text }, more), closed({ link: text }, more)] });
const caption = { caption: { type: 'string', minLength: 1, maxLength: 1024 } };

function tighten(schemas) {
  const names = ['TextMessage', 'ImageMessage', 'VideoMessage', 'AudioMessage', 'DocumentMessage', 'StickerMessage', 'LocationMessage', 'ReactionMessage', 'InteractiveMessage', 'TemplateMessage'];
  const made = Object.fromEntries(names.map((name) => [name, joined(schemas, name)]));

  made.TextMessage.properties.text = closed({ body: { type: 'string', minLength: 1, maxLength: 4096 } }, { preview_url: { type: 'boolean' } });
  made.ImageMessage.properties.image = media(caption);
  made.VideoMessage.properties.video = media(caption);
  made.AudioMessage.properties.audio = media();
  made.DocumentMessage.properties.document = media({ ...caption, filename: text });
  made.ReactionMessage.properties.reaction = closed({ message_id: text, emoji: { type: 'string' } });
  for (const one of Object.values(made)) one.properties.context = closed({ message_id: text });
  // The file's own pattern for a button's place refuses the file's own example.
  made.TemplateComponent = closed({ type: { enum: ['header', 'body', 'button'] } },
    { sub_type: { enum: ['quick_reply', 'url', 'catalog', 'copy_code'] }, parameters: { type: 'array', items: { type: 'object', required: ['type'] } }, index: { type: 'string', pattern: '^[0-9]$' } });
  return { ...schemas, ...made, Message: { oneOf: [...names.map((n) => ({ $ref: `#/components/schemas/${n}` })),
    closed({ messaging_product: { enum: ['whatsapp'] }, status: { enum: ['read'] }, message_id: text })] } };
}

// What the file lacks: reading receipts are with the messages above, the rest is here.
function tables(version, { appId, phoneId }) {
  const at = (rest) => `/${version}/${rest}`;
  return {
    [at('debug_token')]: { get: { parameters: [query('input_token')], responses: { 200: json(any) } } },
    [at('oauth/access_token')]: { get: { parameters: [query('client_id'), query('client_secret'), query('code'), query('redirect_uri', false)], responses: { 200: json(any) } } },
    [at(`${appId}/subscriptions`)]: {
      get: { responses: { 200: json(any) } },
      post: { parameters: [query('object', true, { enum: ['whatsapp_business_account'] }), query('callback_url'), query('verify_token'), query('fields'), query('include_values', false)], responses: { 200: json(any) } },
    },
    [at(`${phoneId}/smb_app_data`)]: { post: { requestBody: { required: true, ...json(closed({ messaging_product: { enum: ['whatsapp'] }, sync_type: { enum: ['smb_app_state_sync', 'history'] } })) }, responses: { 200: json(any) } } },
  };
}

// An upload must carry its kind and its bytes (the file asks for nothing).
const uploadForm = { type: 'object', required: ['messaging_product', 'type', 'file'], properties: { messaging_product: { enum: ['whatsapp'] }, type: text, file: { type: 'string', format: 'binary' } } };

function reachable(value, schemas, found = new Set()) {
  if (Array.isArray(value)) value.forEach((v) => reachable(v, schemas, found));
  else if (value && typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) {
      const name = key === '$ref' && typeof inner === 'string' ? /^#\/components\/schemas\/(.+)$/.exec(inner)?.[1] : null;
      if (name && !found.has(name)) {
        found.add(name);
        reachable(schemas[name], schemas, found);
      } else if (!name) reachable(inner, schemas, found);
    }
  return found;
}

// Where the cut specification is, for this number, account and app.
export function cutSpec(file, version, ids) {
  const whole = yaml.parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }), from = whole.paths, schemas = tighten(whole.components.schemas);
  const bare = (operation) => ({ ...operation, security: undefined, servers: undefined, parameters: (operation.parameters ?? []).filter((p) => p.in === 'query'),
    responses: Object.fromEntries(Object.entries(operation.responses).map(([code, r]) => [code, { description: code, ...(r.content ? { content: Object.fromEntries(Object.entries(r.content).map(([type, c]) => [type, { schema: c.schema }])) } : {}) }])) });
  const take = (name, ...methods) => Object.fromEntries(methods.map((m) => [m, bare(from[name][m])]));
  const number = `/${version}/${ids.phoneId}`, account = `/${version}/${ids.waba}`;
  const paths = {
    [`${number}/messages`]: take('/{Version}/{Phone-Number-ID}/messages', 'post'),
    [`${number}/media`]: take('/{Version}/{Phone-Number-ID}/media', 'post'),
    [number]: take('/{Version}/{Phone-Number-ID}', 'get'),
    [`${account}/subscribed_apps`]: take('/{Version}/{WABA-ID}/subscribed_apps', 'get', 'post', 'delete'),
    [`${account}/message_templates`]: take('/{Version}/{WABA-ID}/message_templates', 'get'),
    [`/${version}/{media}`]: { parameters: [{ in: 'path', name: 'media', required: true, schema: { type: 'string', pattern: '^[0-9]+$' } }], ...take('/{Version}/{Media-ID}', 'get') },
    ...tables(version, ids),
  };
  paths[`${number}/messages`].post.requestBody = { required: true, ...json({ $ref: '#/components/schemas/Message' }) };
  paths[`${number}/media`].post.requestBody = { required: true, content: { 'multipart/form-data': { schema: uploadForm } } };
  for (const item of Object.values(paths))
    for (const method of ['get', 'post', 'delete'])
      if (item[method]) item[method].responses.default = { description: 'refused', ...json(refusal) };
  const used = reachable(paths, schemas);
  const cut = { openapi: '3.1.0', info: { title: 'WhatsApp Cloud API, cut', version }, paths,
    components: { schemas: Object.fromEntries([...used].map((name) => [name, schemas[name]])) } };
  const where = path.join(mkdtempSync(path.join(tmpdir(), 'tanggap-whatsapp-')), 'spec.json');
  writeFileSync(where, JSON.stringify(cut));
  return where;
}
