// Which text belongs to which platform and field of the server's forms.
import { t, type Key } from '../words';

export const CARDS: Record<string, Key> = {
  telegram: 'connect.card.telegram', facebook: 'connect.card.facebook', instagram: 'connect.card.instagram', whatsapp: 'connect.card.whatsapp',
  line: 'connect.card.line', youtube: 'connect.card.youtube', x: 'connect.card.x',
};
export const HOW: Record<string, Key[]> = {
  line: ['connect.line.how_1', 'connect.line.how_2', 'connect.line.how_3'],
  facebook: ['connect.facebook.how_1', 'connect.facebook.how_2', 'connect.facebook.how_3'],
  instagram: ['connect.instagram.how_1', 'connect.instagram.how_2', 'connect.instagram.how_3'],
  whatsapp: ['connect.whatsapp.how_1', 'connect.whatsapp.how_2', 'connect.whatsapp.how_3'],
  youtube: ['connect.youtube.how_1', 'connect.youtube.how_2', 'connect.youtube.how_3'],
  x: ['connect.x.how_1', 'connect.x.how_2', 'connect.x.how_3'],
};
const LABELS: Record<string, Key> = {
  channel_secret: 'connect.f.channel_secret', channel_id: 'connect.f.channel_id', app_id: 'connect.f.app_id', app_secret: 'connect.f.app_secret',
  token: 'connect.f.token', phone_number_id: 'connect.f.phone_number_id', waba_id: 'connect.f.waba_id', client_id: 'connect.f.client_id',
  client_secret: 'connect.f.client_secret', refresh_token: 'connect.f.refresh_token', day_limit: 'connect.f.day_limit',
  consumer_key: 'connect.f.consumer_key', consumer_secret: 'connect.f.consumer_secret',
};
// The same field goes by another name on some platforms' pages.
const OWN_LABELS: Record<string, Key> = { 'line.token': 'connect.f.channel_token', 'facebook.token': 'connect.f.page_token' };
export const fieldLabel = (platform: string, field: string) => {
  const key = OWN_LABELS[`${platform}.${field}`] ?? LABELS[field];
  return key ? t(key) : field;
};
const FIELD_HELP: Record<string, Key> = {
  channel_id: 'connect.f.channel_id_help', phone_number_id: 'connect.f.phone_number_id_help', day_limit: 'connect.f.day_limit_help',
  'whatsapp.app_id': 'connect.f.wa_app_id_help',
};
export const fieldHelp = (platform: string, field: string): Key | undefined => FIELD_HELP[`${platform}.${field}`] ?? FIELD_HELP[field];
