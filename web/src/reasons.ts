// A platform's refusals in plain words: what happened and what helps. Codes are those of the connectors.
import { platformName } from './ui/icon';
import { t, type Key } from './words';

const SENDING: Record<string, Key> = {
  blocked: 'refused.blocked', deactivated: 'refused.gone', chat_not_found: 'refused.gone', chat_gone: 'refused.gone',
  kicked: 'refused.group', not_member: 'refused.group', cannot_begin: 'refused.cannot_begin', window_closed: 'refused.window',
  too_long: 'refused.too_long', file_too_big: 'refused.file', connection_lost: 'refused.connection',
  unauthorized: 'channel.cause.login_again', forbidden: 'refused.rights', no_upload: 'refused.no_upload', quota_used: 'refused.quota',
  comment_gone: 'refused.comment_gone', post_gone: 'refused.post_gone', comments_off: 'refused.comments_off',
  reply_off: 'refused.reply_off', comment_private: 'refused.comment_private', permission_missing: 'channel.cause.permission',
  login_again: 'channel.cause.login_again', account_missing: 'channel.cause.account', api_off: 'channel.cause.api_off',
  // WhatsApp
  undeliverable: 'refused.undeliverable', held_back: 'refused.held_back', country_refused: 'refused.country',
  platform_trouble: 'refused.trouble', group_refused: 'refused.group_closed', to_self: 'refused.to_self',
  test_number: 'refused.test_number', not_registered: 'refused.not_registered', billing: 'refused.billing',
  spam_limit: 'refused.spam_limit', marketing_stopped: 'refused.marketing_stopped',
  type_unknown: 'refused.type_unknown', media_failed: 'refused.media_failed', needs_phone: 'refused.needs_phone',
  marketing_off: 'refused.marketing_off', account_limited: 'refused.account_limited',
  account_locked: 'refused.account_locked', template_values: 'refused.template_values',
  template_missing: 'refused.template_missing', template_paused: 'refused.template_paused',
  flow_blocked: 'refused.flow_blocked', identity_changed: 'refused.identity_changed',
  block_failed: 'refused.block_failed', choices_too_many: 'refused.choices_too_many',
  message_gone: 'refused.message_gone',
  // Facebook, Messenger
  restricted: 'refused.restricted', said_already: 'refused.said_already', not_available: 'refused.not_available',
  owned_elsewhere: 'refused.owned_elsewhere', file_unavailable: 'refused.file_unavailable', file_gone: 'refused.file_unavailable', gone: 'refused.comment_gone',
  not_possible: 'refused.not_possible', app_secret_wrong: 'channel.cause.app',
  // X
  duplicate_text: 'refused.duplicate', reply_not_allowed: 'refused.reply_not_allowed', dm_refused: 'refused.dm', budget_used: 'refused.budget',
  credits_used: 'refused.credits', file_type: 'refused.file_type', file_refused: 'refused.file_refused',
};
const CHANNEL: Record<string, Key> = {
  conflict: 'channel.cause.elsewhere', hook_active: 'channel.cause.elsewhere',
  unreachable: 'channel.cause.network', slow_down: 'channel.cause.slow',
  hook_unreachable: 'channel.cause.hook', quota_used: 'channel.cause.quota', permission_missing: 'channel.cause.permission',
  login_again: 'channel.cause.login_again', app_secret_wrong: 'channel.cause.app', redirect_wrong: 'channel.cause.redirect',
  account_missing: 'channel.cause.account', api_off: 'channel.cause.api_off', other_account: 'channel.cause.other_account',
  deauthorised: 'channel.cause.deauthorised', choose_account: 'channel.cause.choose',
  account_unknown: 'channel.cause.waba', number_unknown: 'channel.cause.number', not_registered: 'refused.not_registered',
  account_locked: 'refused.account_locked', billing: 'refused.billing', spam_limit: 'refused.spam_limit',
  restricted: 'refused.restricted', no_page: 'channel.cause.no_page',
  credits_used: 'channel.cause.credits', budget_used: 'channel.cause.budget', hook_address: 'channel.cause.hook_address',
};

export function sendingReason(code: string | null, text: string | null): string {
  const key = SENDING[code ?? ''];
  return key ? t(key) : text ? t('refused.other', { text }) : t('delivery.failed_why');
}
export function channelReason(c: { platform: string; status_code: string | null }): string {
  if (c.status_code === 'unauthorized')
    return c.platform === 'telegram' ? t('channel.cause.token') : t('channel.cause.token_of', { platform: platformName(c.platform) });
  return t(CHANNEL[c.status_code ?? ''] ?? 'channel.cause.other');
}
