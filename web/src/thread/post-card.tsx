// The post that the comments below hang on: its words and numbers. A number that the platform doesn't tell isn't shown.
import { day, full } from '../format';
import { Icon, platformName } from '../ui/icon';
import { t, type Key } from '../words';
import type { Conversation, Post } from '../types';

const NUMBERS: { of: 'likes' | 'comments' | 'shares' | 'views'; text: Key }[] = [
  { of: 'likes', text: 'post.likes' }, { of: 'comments', text: 'post.comments' }, { of: 'shares', text: 'post.shares' }, { of: 'views', text: 'post.views' },
];

function Numbers({ post }: { post: Post }) {
  const told = NUMBERS.filter(({ of }) => post[of] !== null);
  if (!told.length) return post.is_ours ? <p class="post-numbers">{t('post.no_numbers')}</p> : null;
  return (
    <p class="post-numbers" title={post.numbers_at ? t('post.numbers_at', { at: full(post.numbers_at) }) : undefined}>
      {told.map(({ of, text }) => <span key={of}>{t(text, { n: post[of]! })}</span>)}
    </p>
  );
}

export function PostCard({ conversation: c }: { conversation: Conversation }) {
  const post = c.post;
  if (!post) return null;
  const link = post.link?.startsWith('https://') ? post.link : null;
  return (
    <section class="post-card" aria-label={t('post.label')}>
      <p class="post-head">
        <b>{t(post.is_ours ? 'post.ours' : 'post.theirs')}</b>
        {post.posted_at && <time dateTime={post.posted_at} title={full(post.posted_at)}>{day(post.posted_at)}</time>}
        {link && !post.deleted_at && (
          <a href={link} target="_blank" rel="noopener noreferrer"><Icon name="out" size={16} />{t('post.open', { platform: platformName(c.platform) })}</a>
        )}
      </p>
      {post.deleted_at ? <p class="bubble-gone">{t('post.deleted')}</p> : post.text && <p class="post-text" dir="auto">{post.text}</p>}
      <Numbers post={post} />
    </section>
  );
}
