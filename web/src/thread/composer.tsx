// The field for a reply. Its draft survives everything; a newer message is read before the reply goes out.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api';
import { rowName } from '../names';
import { complain, notice } from '../state/acts';
import { isOnline } from '../state/events';
import { draftOf, keepDraft, post } from '../state/outbox';
import { newestId, refresh } from '../state/thread';
import { Button, IconButton } from '../ui/basics';
import { Icon } from '../ui/icon';
import { number, t } from '../words';
import type { Conversation, Message } from '../types';
import { AttachButton, AttachedNote, type AttachedFile } from './attach';
import { WindowNote, windowNow } from './window-note';

function Counter({ used, limit }: { used: number; limit: number }) {
  if (used < limit * 0.6) return null;
  const tone = used > limit ? 'cabai' : used >= limit * 0.9 ? 'kunyit' : '';
  const text = used > limit ? t('composer.over', { n: used - limit }) : `${number(used)}/${number(limit)}`;
  return <span class={`counter ${tone}`} role={used >= limit * 0.9 ? 'status' : undefined}>{text}</span>;
}

function whatsappNumber(conversation: Conversation): string | null {
  if (conversation.platform !== 'whatsapp') return null;
  const phone = conversation.contact_detail?.identities.find((i) => i.phone)?.phone?.replace(/\D/g, '') ?? '';
  return phone.length >= 8 ? phone : null;
}

// A reply that a person sends herself is noted here, copied, and handed to her app.
async function handOver(conversation: Conversation, text: string): Promise<void> {
  const phone = whatsappNumber(conversation);
  await navigator.clipboard?.writeText(text).catch(() => undefined);
  notice.value = {
    text: t('composer.noted'),
    link: phone ? { label: t('composer.open_whatsapp'), href: `https://wa.me/${phone}?text=${encodeURIComponent(text)}` } : undefined,
  };
}

type Guard = 'none' | 'read' | 'anyway';

export function Composer({ conversation, quoted, isPrivate, onPrivate, onQuoteEnd }: {
  conversation: Conversation;
  quoted: Message | null;
  isPrivate: boolean; // the answer goes to the author of the quoted comment alone
  onPrivate: (on: boolean) => void;
  onQuoteEnd: () => void;
}) {
  const id = conversation.id;
  const strand = conversation.thread; // a draft outlives the episode in which it began
  const [text, setText] = useState(() => draftOf(strand));
  const [isBusy, setBusy] = useState(false);
  const [guard, setGuard] = useState<Guard>('none');
  const [file, setFile] = useState<AttachedFile | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const timer = useRef(0);
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => () => (clearTimeout(timer.current), keepDraft(strand, latest.current)), [strand]);
  useEffect(() => {
    const keep = () => keepDraft(strand, latest.current);
    addEventListener('pagehide', keep);
    return () => removeEventListener('pagehide', keep);
  }, [strand]);
  useEffect(() => {
    if (quoted) field.current?.focus();
  }, [quoted]);
  useLayoutEffect(() => {
    const el = field.current!;
    el.style.height = 'auto';
    el.style.height = `${el.scrollHeight + 2}px`;
  }, [text]);

  const limit = conversation.max_text_units || 4096;
  const isByHand = conversation.reply_by === 'hand';
  const isClosed = !isByHand && windowNow(conversation).state === 'closed';
  const isReady = (text.trim() !== '' || file !== null) && text.length <= limit && !isBusy && !isClosed;
  const write = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => keepDraft(strand, next), 400);
  };

  const send = async () => {
    if (!isReady) return;
    if (guard === 'read') return readFirst();
    setBusy(true);
    const body = { text: text.trim(), seen: newestId(), ...(quoted ? { reply_to: quoted.id, ...(isPrivate ? { as: 'private' as const } : {}) } : {}), ...(file ? { file } : {}) };
    try {
      const entry = await post(id, body);
      write('');
      keepDraft(strand, '');
      setFile(null);
      setGuard('none');
      onQuoteEnd();
      if (entry?.message || (isByHand && entry)) await handOver(conversation, body.text);
    } catch (e) {
      const problem = e as Problem;
      if (problem.code === 'newer_message') {
        await refresh(id);
        setGuard('read');
      } else complain(problem);
    } finally {
      setBusy(false);
    }
  };
  const readFirst = () => {
    const log = document.querySelector('.messages');
    log?.scrollTo({ top: log.scrollHeight });
    setGuard('anyway');
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) (e.preventDefault(), void send());
    if (e.key === 'Escape') (e.stopPropagation(), field.current?.blur());
  };
  const label = guard === 'read' ? t('composer.read_first') : guard === 'anyway' ? t('composer.send_anyway') : t(isByHand ? 'composer.note' : 'composer.send');
  return (
    <form class="composer" onSubmit={(e) => (e.preventDefault(), void send())} aria-label={t('composer.label')}>
      {guard !== 'none' && (
        <p class="banner kunyit" role="alert">
          <Icon name="warn" />
          <span>{t('composer.newer')}</span>
        </p>
      )}
      {!isByHand && <WindowNote row={conversation} />}
      {quoted && (
        <div class="composer-quote">
          <Icon name="reply" size={16} />
          <span dir="auto">{quoted.text || t('row.no_text')}</span>
          <IconButton icon="close" label={t('composer.no_quote')} onClick={onQuoteEnd} />
        </div>
      )}
      {quoted && conversation.acts.private_reply && quoted.direction === 'in' && (
        <div class="composer-ways" role="group" aria-label={t('composer.way')}>
          <button type="button" aria-pressed={!isPrivate} onClick={() => onPrivate(false)}><Icon name="globe" size={16} />{t('composer.in_public')}</button>
          <button type="button" aria-pressed={isPrivate} onClick={() => onPrivate(true)}><Icon name="lock" size={16} />{t('composer.in_private')}</button>
        </div>
      )}
      {file && <AttachedNote file={file} onDrop={() => setFile(null)} />}
      <textarea
        ref={field}
        id="composer"
        rows={1}
        dir="auto"
        value={text}
        placeholder={t('composer.hint')}
        aria-label={t('composer.field', { name: rowName(conversation) })}
        onInput={(e) => write(e.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div class="composer-foot">
        {conversation.can_attach && !isPrivate && !isClosed && <AttachButton onFile={setFile} onBusy={setBusy} />}
        {isByHand && <span class="composer-hint"><Icon name="phone" size={16} />{t('composer.by_hand')}</span>}
        {!isByHand && !isOnline.value && <span class="composer-hint"><Icon name="wifi-off" size={16} />{t('composer.offline')}</span>}
        {!isByHand && isOnline.value && conversation.type === 'comment' && (
          <span class="composer-hint"><Icon name={isPrivate ? 'lock' : 'globe'} size={16} />{t(isPrivate ? 'composer.only_them' : 'composer.everyone')}</span>
        )}
        <span class="grow" />
        <Counter used={text.length} limit={limit} />
        <span class="keys" aria-hidden="true"><kbd>{t('key.ctrl')}</kbd><kbd>{t('key.enter')}</kbd></span>
        <Button type="submit" kind="primary" size={48} icon={guard === 'none' ? (isByHand ? 'copy' : 'send') : undefined} busy={isBusy} disabled={!isReady}>
          {label}
        </Button>
      </div>
    </form>
  );
}
