// The sheets of a conversation: whom to give it to, why no reply, earlier versions, who this is.
import { useEffect, useState } from 'preact/hooks';
import { api, type NoReplyReason, type Problem } from '../api';
import { full } from '../format';
import { rowName } from '../names';
import * as acts from '../state/acts';
import { loadPeople, people } from '../state/channels';
import { me } from '../state/session';
import { Avatar, ErrorBox, Skeleton } from '../ui/basics';
import { Icon } from '../ui/icon';
import { Sheet } from '../ui/layers';
import { t, type Key } from '../words';
import type { Conversation, Message } from '../types';
import { About } from './side-pane';

export function AssignSheet({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  useEffect(() => void loadPeople(), []);
  const mine = me.value!.person;
  const all = people.value?.filter((p) => !p.disabled) ?? [{ id: mine.id, name: mine.name }];
  const give = (id: string | null) => {
    onClose();
    void acts.assign(c.id, id, c.assignee);
  };
  return (
    <Sheet title={t('assign.title')} onClose={onClose}>
      <div class="options">
        {all.map((p) => (
          <button key={p.id} type="button" aria-pressed={p.id === c.assignee} onClick={() => give(p.id)}>
            <Avatar name={p.name} id={p.id} size={36} />
            <span>{p.id === mine.id ? t('assign.me', { name: p.name }) : p.name}</span>
            {p.id === c.assignee && <Icon name="check" />}
          </button>
        ))}
        {c.assignee && (
          <button type="button" onClick={() => give(null)}>
            <Icon name="close" />
            <span>{t('assign.nobody')}</span>
          </button>
        )}
      </div>
    </Sheet>
  );
}

const REASONS: { reason: NoReplyReason; label: Key }[] = [
  { reason: 'thanks', label: 'no_reply.thanks' },
  { reason: 'not_for_us', label: 'no_reply.not_for_us' },
  { reason: 'spam', label: 'no_reply.spam' },
  { reason: 'other', label: 'no_reply.other' },
];

export function NoReplySheet({ conversation: c, onClose }: { conversation: Conversation; onClose: () => void }) {
  return (
    <Sheet title={t('no_reply.title')} onClose={onClose}>
      <p class="soft">{t('no_reply.text')}</p>
      <div class="options">
        {REASONS.map(({ reason, label }) => (
          <button key={reason} type="button" onClick={() => (onClose(), acts.noReply(c.id, reason))}><span>{t(label)}</span></button>
        ))}
      </div>
    </Sheet>
  );
}

export function VersionsSheet({ message, onClose }: { message: Message; onClose: () => void }) {
  const [items, setItems] = useState<{ version: number; seen_at: string; text: string | null }[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    api.versions(message.id).then((v) => setItems(v.items), setProblem);
  }, [message.id]);
  return (
    <Sheet title={t('versions.title')} onClose={onClose}>
      {!items && !problem && <Skeleton rows={2} shape="bubble" />}
      {problem && <ErrorBox text={problem.message} code={problem.code} />}
      <ol class="versions">
        {items?.map((v) => (
          <li key={v.version}>
            <p class="meta">{t('versions.line', { n: v.version, at: full(v.seen_at) })}</p>
            <p dir="auto">{v.text ?? t('versions.wiped')}</p>
          </li>
        ))}
      </ol>
    </Sheet>
  );
}

export function WhoSheet({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  return (
    <Sheet title={conversation.contact_detail?.name || rowName(conversation)} onClose={onClose}>
      <About conversation={conversation} />
    </Sheet>
  );
}
