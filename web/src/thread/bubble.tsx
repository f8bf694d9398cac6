// One thing said. Our side is green, the customer's is white; what no person wrote is dashed.
import { clock, full } from '../format';
import { sendingReason } from '../reasons';
import { say } from '../state/acts';
import { business } from '../state/session';
import { thread } from '../state/thread';
import { Icon, platformName } from '../ui/icon';
import { Menu } from '../ui/layers';
import { t, type Key } from '../words';
import type { Message } from '../types';
import { Attachments } from './attachments';
import { isHidden, moderationItems, moderationWord, type Moderating } from './moderate';

const isOurs = (m: Message) => m.direction === 'out';
const isAuto = (m: Message) => m.sender_kind === 'auto';
const isNative = (m: Message) => isOurs(m) && !isAuto(m) && m.device !== 'panel' && m.device !== 'api';

export function authorName(m: Message): string {
  return m.person?.name || m.author?.name || (isOurs(m) ? (business.value?.name ?? '') : (thread.value?.conversation?.name || ''));
}

function NameLine({ message, isGroup }: { message: Message; isGroup: boolean }) {
  const platform = platformName(thread.value?.conversation?.platform ?? '');
  if (isAuto(message))
    return <p class="bubble-who"><Icon name="gear" size={14} />{t('bubble.auto')}</p>;
  if (!isOurs(message)) return isGroup ? <p class="bubble-who" dir="auto">{authorName(message)}</p> : null;
  if (isNative(message))
    return <p class="bubble-who"><Icon name="phone" size={14} />{t('bubble.native', { name: authorName(message), platform })}</p>;
  return <p class="bubble-who">{t('bubble.panel', { name: authorName(message) })}</p>;
}

function Ticks({ message }: { message: Message }) {
  switch (message.delivery) {
    case 'sent': return <span title={t('delivery.sent')}><Icon name="check" size={14} /><span class="hidden">{t('delivery.sent')}</span></span>;
    case 'delivered': return <span title={t('delivery.delivered')}><Icon name="check-double" size={14} /><span class="hidden">{t('delivery.delivered')}</span></span>;
    case 'read': return <span class="ticks"><Icon name="check-double" size={14} />{t('delivery.read')}</span>;
    case 'by_hand': return <span class="ticks"><Icon name="phone" size={14} />{t('delivery.by_hand')}</span>;
    default: return null;
  }
}

function Body({ message }: { message: Message }) {
  if (message.deleted_at) return <p class="bubble-gone">{t(isOurs(message) ? 'bubble.deleted_ours' : 'bubble.deleted')}</p>;
  if (message.kind === 'unsupported')
    return (
      <p class="bubble-gone">
        <Icon name="file" size={16} />
        {t('bubble.unsupported')}{message.detail?.type && <code>{message.detail.type}</code>}
      </p>
    );
  return (
    <>
      <Attachments message={message} />
      {message.text && <p class="bubble-text" dir="auto">{message.text}</p>}
    </>
  );
}

export function SystemLine({ icon, text, at }: { icon: string; text: string; at: string }) {
  return (
    <p class="system-line">
      <Icon name={icon} size={14} />
      <span dir="auto">{text}</span>
      <time dateTime={at}>{clock(at)}</time>
    </p>
  );
}

const HIDDEN: Record<string, Key> = { heldForReview: 'bubble.held', rejected: 'bubble.rejected', likelySpam: 'bubble.held' };

export function Bubble({ message, opensTurn, isGroup, onReply, onPrivate, onModerate, onVersions }: {
  message: Message;
  opensTurn: boolean;
  isGroup: boolean;
  onReply: ((m: Message) => void) | null;
  onPrivate: ((m: Message) => void) | null;
  onModerate: (what: Moderating) => void;
  onVersions: (m: Message) => void;
}) {
  if (message.kind === 'system' || message.direction === 'system')
    return <SystemLine icon="info" text={message.text ?? ''} at={message.sent_at} />;
  const classes = ['bubble', isOurs(message) ? 'us' : 'them'];
  if (isAuto(message)) classes.push('auto');
  if (isNative(message)) classes.push('native');
  if (message.delivery === 'failed') classes.push('failed');
  if (isHidden(message)) classes.push('is-hidden');
  const items = [
    ...(onReply && !message.deleted_at ? [{ label: t('bubble.quote'), icon: 'reply', run: () => onReply(message) }] : []),
    ...(onPrivate && !message.deleted_at && message.direction === 'in' && message.kind === 'message'
      ? [{ label: t('bubble.private'), icon: 'lock', run: () => onPrivate(message) }]
      : []),
    ...(message.text && !message.deleted_at
      ? [{ label: t('bubble.copy'), icon: 'copy', run: () => void navigator.clipboard.writeText(message.text!).then(() => say(t('done.copied'))) }]
      : []),
    ...moderationItems(message, onModerate),
  ];
  return (
    <article class={`turn ${isOurs(message) ? 'turn-us' : 'turn-them'} ${opensTurn ? 'opens' : ''}`} aria-label={`${authorName(message)}, ${full(message.sent_at)}`} tabIndex={-1} data-message={message.id}>
      {opensTurn && <NameLine message={message} isGroup={isGroup} />}
      {message.delivery === 'failed' && <p class="bubble-alarm cabai"><Icon name="bang" size={16} />{t('delivery.failed')}</p>}
      <div class={classes.join(' ')}>
        {message.reply_to && (
          <blockquote class="quote" dir="auto">
            {message.reply_to.name && <b>{message.reply_to.name}</b>}
            <span>{message.reply_to.text || t('row.no_text')}</span>
          </blockquote>
        )}
        <Body message={message} />
        {message.detail?.private && !message.deleted_at && <p class="bubble-note"><Icon name="lock" size={14} />{t('bubble.in_private')}</p>}
        {isHidden(message) && <p class="bubble-note"><Icon name="eye-off" size={14} />{t(HIDDEN[message.detail?.type ?? ''] ?? 'bubble.hidden')}</p>}
        {message.moderation?.state === 'queued' && <p class="bubble-note" role="status"><Icon name="hourglass" size={14} />{moderationWord(message)}</p>}
        {message.moderation?.state === 'refused' && (
          <p class="bubble-note cabai"><Icon name="bang" size={14} />{t('moderate.refused', { why: sendingReason(message.moderation.code, message.moderation.text) })}</p>
        )}
        {message.delivery === 'failed' && <p class="bubble-why">{sendingReason(null, message.fail_text)}</p>}
        <p class="bubble-meta">
          <time dateTime={message.sent_at} title={full(message.sent_at)}>{clock(message.sent_at)}</time>
          {message.edited_at && !message.deleted_at && (
            <button type="button" class="link" onClick={() => onVersions(message)}>{t('bubble.edited')}</button>
          )}
          <Ticks message={message} />
          {items.length > 0 && <Menu class="bubble-menu" isTabStop={false} icon="dots" label={t('bubble.menu')} items={items} />}
        </p>
      </div>
      {message.reactions.length > 0 && (
        <p class="reactions" aria-label={t('bubble.reactions')}>
          {message.reactions.map((r, i) => <span key={i}>{r.emoji}</span>)}
        </p>
      )}
    </article>
  );
}
