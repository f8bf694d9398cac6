// Who this is: accounts, since when, what came before, and who it may be as well.
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api';
import { monthYear, date } from '../format';
import { rowName } from '../names';
import { href } from '../router';
import { can } from '../state/session';
import { handleOf, Platform } from '../ui/icon';
import { Chip } from '../ui/basics';
import { lazy } from '../ui/lazy';
import { number, t } from '../words';
import type { Conversation, Episode, Id, Suggestion } from '../types';

const Alike = lazy(() => import('../pages/alike').then((m) => m.Alike));

// Asked for when a person is looked at; most have nobody, and then nothing more is fetched.
export function MaybeAlike({ contact, onChange }: { contact: Id; onChange?: () => void }) {
  const [items, setItems] = useState<Suggestion[]>([]);
  useEffect(() => {
    let isHere = true;
    setItems([]);
    api.suggestions(contact).then((all) => isHere && setItems(all), () => undefined);
    return () => void (isHere = false);
  }, [contact]);
  if (!items.length) return null;
  const settle = (done: Id) => (setItems((all) => all.filter((s) => s.id !== done)), onChange?.());
  return <Alike contact={contact} items={items} onSettled={settle} />;
}

function EpisodeLine({ episode }: { episode: Episode }) {
  return (
    <li>
      <time dateTime={episode.first_at}>{date(episode.first_at)}</time>
      {episode.status === 'resolved'
        ? <Chip tone="selesai" icon="check">{t('status.resolved')}</Chip>
        : episode.status === 'spam' ? <Chip icon="spam">{t('view.spam')}</Chip> : <Chip tone="kunyit">{t('view.open')}</Chip>}
    </li>
  );
}

export function About({ conversation: c }: { conversation: Conversation }) {
  const who = c.contact_detail;
  // an import brings in what was said before we knew the person
  const since = [who?.since, c.first_at, ...c.episodes.map((e) => e.first_at)].filter((at): at is string => !!at).sort()[0]!;
  const episodes = [...c.episodes].sort((a, b) => (a.first_at < b.first_at ? 1 : -1));
  return (
    <>
      <dl class="facts">
        {who && who.identities.length > 0 && (
          <div>
            <dt>{t('about.accounts')}</dt>
            {who.identities.map((i, n) => (
              <dd key={n} class="account"><Platform platform={i.platform} /><span dir="auto">{handleOf(i)}</span></dd>
            ))}
          </div>
        )}
        <div>
          <dt>{t('about.since')}</dt>
          <dd>{monthYear(since)}</dd>
        </div>
        <div>
          <dt>{t('about.conversations')}</dt>
          <dd>{number(who?.conversations ?? c.episodes.length)}</dd>
        </div>
      </dl>
      {who && can('contact.edit') && <MaybeAlike contact={who.id} />}
      {who && can('contact.read') && <p><a class="link" href={href('contacts', who.id)}>{t('about.open')}</a></p>}
      {episodes.length > 0 && (
        <section class="history">
          <h3>{t('about.history')}</h3>
          <ul class="plain-list">{episodes.map((e) => <EpisodeLine key={e.id} episode={e} />)}</ul>
        </section>
      )}
    </>
  );
}

export function SidePane({ conversation }: { conversation: Conversation }) {
  return (
    <aside class="pane-side" aria-label={t('thread.about')}>
      <h2 dir="auto">{conversation.contact_detail?.name || rowName(conversation)}</h2>
      <About conversation={conversation} />
    </aside>
  );
}
