// A conversation: head, messages, composer, and the person at the side.
import { useEffect, useState } from 'preact/hooks';
import * as acts from '../state/acts';
import { can, me } from '../state/session';
import { refresh, thread } from '../state/thread';
import { choosing, type Choosing } from '../state/choosing';
import { rowName } from '../names';
import { back, href } from '../router';
import { brief, full } from '../format';
import { personName } from '../state/channels';
import { Avatar, Button, ErrorBox, IconButton } from '../ui/basics';
import { Icon, platformName } from '../ui/icon';
import { lazy } from '../ui/lazy';
import { Menu, type MenuItem } from '../ui/layers';
import { NoticeBar } from '../ui/notice-bar';
import { AnsweredAt, WaitClock } from '../ui/wait-clock';
import { t } from '../words';
import type { Conversation, Message } from '../types';
import { Composer } from './composer';
import { Messages } from './messages';
import type { Moderating } from './moderate';
import { PostCard } from './post-card';
import { SidePane } from './side-pane';
import { AssignSheet, NoReplySheet, VersionsSheet, WhoSheet } from './sheets';

const ModerateSheet = lazy(() => import('./moderate-sheet').then((m) => m.default));

function menuItems(c: Conversation): MenuItem[] {
  const open = (what: Choosing) => () => (choosing.value = what);
  const items: MenuItem[] = [];
  if (can('inbox.act')) {
    items.push({ label: t('act.assign'), icon: 'person', run: open('assign') });
    if (c.wait_since && c.status === 'open') items.push({ label: t('act.no_reply'), icon: 'check', run: open('no-reply') });
    items.push(
      c.status === 'spam'
        ? { label: t('act.not_spam'), icon: 'undo', run: () => acts.notSpam(c.id) }
        : { label: t('act.spam'), icon: 'spam', run: () => acts.spam(c.id) },
    );
  }
  items.push({ label: t('thread.about'), icon: 'info', run: open('who') });
  return items;
}

function Head({ conversation: c }: { conversation: Conversation }) {
  const isDone = c.status === 'resolved';
  const who = personName(c.assignee);
  return (
    <header class="thread-head">
      <IconButton class="back" icon="back" label={t('act.back')} onClick={() => back(href('inbox'))} />
      <Avatar name={rowName(c)} id={c.contact ?? c.thread} platform={c.platform} />
      <div class="thread-who">
        <h2 id="thread-title" tabIndex={-1} dir="auto">{rowName(c)}</h2>
        <p>
          <span>{platformName(c.platform)}</span>
          {who && <span class="thread-assignee"> · {c.assignee === me.value?.person.id ? t('row.mine') : who}</span>}
          {c.wait_since && c.status === 'open' ? <WaitClock since={c.wait_since} /> : c.preview_side === 'out' && <AnsweredAt text={brief(c.last_at)} />}
        </p>
      </div>
      {can('inbox.act') && (
        <Button class="resolve" icon={isDone ? 'undo' : 'check'} aria-label={t(isDone ? 'act.reopen' : 'act.resolve')} onClick={() => (isDone ? acts.reopen(c.id) : acts.resolve(c.id))}>
          <span class="resolve-word">{t(isDone ? 'act.reopen' : 'act.resolve')}</span>
        </Button>
      )}
      <Menu icon="dots" label={t('thread.menu')} items={menuItems(c)} />
    </header>
  );
}

function Foot({ conversation: c, quoted, isPrivate, onPrivate, onQuoteEnd }: {
  conversation: Conversation;
  quoted: Message | null;
  isPrivate: boolean;
  onPrivate: (on: boolean) => void;
  onQuoteEnd: () => void;
}) {
  if (c.status === 'resolved' || c.status === 'spam') {
    const episode = c.episodes.find((e) => e.id === c.id);
    const at = episode?.resolved_at ?? c.last_at;
    const text = c.status === 'spam'
      ? t('thread.is_spam')
      : episode?.resolved_by ? t('thread.resolved_by', { day: full(at), name: episode.resolved_by }) : t('thread.resolved', { day: full(at) });
    return (
      <div class="thread-closed">
        <span>{text}</span>
        {can('inbox.act') && (
          <Button size={36} icon="undo" onClick={() => (c.status === 'spam' ? acts.notSpam(c.id) : acts.reopen(c.id))}>
            {t(c.status === 'spam' ? 'act.not_spam' : 'act.reopen')}
          </Button>
        )}
      </div>
    );
  }
  if (!can('reply.send')) return <p class="thread-closed">{t('thread.read_only')}</p>;
  if (c.is_blocked) return <p class="thread-closed">{t('thread.blocked')}</p>;
  if (!c.can_reply || c.reply_by === 'none') return <p class="thread-closed">{t('thread.no_reply_here')}</p>;
  return <Composer key={c.thread} conversation={c} quoted={quoted} isPrivate={isPrivate} onPrivate={onPrivate} onQuoteEnd={onQuoteEnd} />;
}

export function ThreadPane() {
  const now = thread.value;
  const [quoted, setQuoted] = useState<Message | null>(null);
  const [isPrivate, setPrivate] = useState(false);
  const [moderating, setModerating] = useState<Moderating | null>(null);
  const [versions, setVersions] = useState<Message | null>(null);
  const c = now?.conversation ?? null;
  useEffect(() => {
    setQuoted(null);
    setPrivate(false);
    choosing.value = null;
  }, [c?.thread]);
  // who opens by key hears whom she opened
  useEffect(() => {
    if (c && document.activeElement?.matches('[data-row], body')) document.getElementById('thread-title')?.focus({ preventScroll: true });
  }, [c?.thread]);
  if (!now)
    return (
      <section class="pane-thread nobody" aria-label={t('thread.none')}>
        <p><Icon name="inbox" size={20} />{t('thread.none')}</p>
      </section>
    );
  const close = () => (choosing.value = null);
  const canReply = !!c && c.can_reply && c.reply_by !== 'none' && can('reply.send');
  const quote = (m: Message | null, on: boolean) => (setQuoted(m), setPrivate(on));
  const handles = {
    onReply: canReply ? (m: Message) => quote(m, false) : null,
    onPrivate: canReply && c?.acts.private_reply ? (m: Message) => quote(m, true) : null,
    onModerate: setModerating,
    onVersions: setVersions,
  };
  return (
    <>
      <section class="pane-thread" aria-labelledby={c ? 'thread-title' : undefined} aria-label={c ? undefined : t('state.loading')}>
        {c ? <Head conversation={c} /> : <header class="thread-head"><IconButton class="back" icon="back" label={t('act.back')} onClick={() => back(href('inbox'))} /></header>}
        {now.problem && <ErrorBox text={now.problem.message} code={now.problem.code} onRetry={() => refresh(now.id)} />}
        {c && <PostCard conversation={c} />}
        <Messages key={c?.thread ?? now.id} handles={handles} />
        <NoticeBar />
        {c && <Foot conversation={c} quoted={quoted} isPrivate={isPrivate} onPrivate={setPrivate} onQuoteEnd={() => quote(null, false)} />}
      </section>
      {c && <SidePane conversation={c} />}
      {moderating && <ModerateSheet what={moderating} onClose={() => setModerating(null)} />}
      {versions && <VersionsSheet message={versions} onClose={() => setVersions(null)} />}
      {c && choosing.value === 'assign' && <AssignSheet conversation={c} onClose={close} />}
      {c && choosing.value === 'no-reply' && <NoReplySheet conversation={c} onClose={close} />}
      {c && choosing.value === 'who' && <WhoSheet conversation={c} onClose={close} />}
    </>
  );
}
