// What came with a message. Pictures have a fixed box, so nothing jumps when they arrive; film and voice load on a tap.
import { size } from '../format';
import { Icon } from '../ui/icon';
import { t, type Key } from '../words';
import type { Attachment, Message } from '../types';

const KINDS: Record<string, { icon: string; name: Key }> = {
  photo: { icon: 'image', name: 'media.photo' },
  image: { icon: 'image', name: 'media.photo' },
  sticker: { icon: 'image', name: 'media.sticker' },
  animation: { icon: 'video', name: 'media.video' },
  gif: { icon: 'video', name: 'media.video' },
  video: { icon: 'video', name: 'media.video' },
  video_note: { icon: 'video', name: 'media.video' },
  audio: { icon: 'voice', name: 'media.audio' },
  voice: { icon: 'voice', name: 'media.voice' },
  location: { icon: 'pin', name: 'media.location' },
  contact: { icon: 'person', name: 'media.contact' },
};
const kindOf = (a: Attachment) => KINDS[a.type] ?? { icon: 'file', name: 'media.file' as Key };

const STATES: Partial<Record<Attachment['state'], Key>> = {
  none: 'media.none', wanted: 'media.wanted', too_large: 'media.too_large', gone: 'media.gone',
};

function Stand({ attachment }: { attachment: Attachment }) {
  const kind = kindOf(attachment);
  const state = STATES[attachment.state];
  return (
    <span class="media-line">
      <Icon name={kind.icon} />
      <span>
        <b dir="auto">{attachment.name || t(kind.name)}</b>
        <span class="meta">
          {attachment.size ? size(attachment.size) : ''}{attachment.size && state ? ' · ' : ''}{state ? t(state) : ''}
        </span>
      </span>
    </span>
  );
}

function One({ attachment, caption }: { attachment: Attachment; caption: string }) {
  const { type, url, mime } = attachment;
  if (attachment.lat !== null && attachment.lon !== null && attachment.lat !== undefined)
    return (
      <a class="media-link" href={`geo:${attachment.lat},${attachment.lon}`}>
        <Icon name="pin" />{t('media.location')}
      </a>
    );
  if (attachment.state !== 'stored' || !url) return <Stand attachment={attachment} />;
  if (mime?.startsWith('image/'))
    return (
      <a class="media-picture" href={url} target="_blank" rel="noopener noreferrer">
        <img src={url} alt={caption || t('media.photo')} width="240" height="180" loading="lazy" decoding="async" />
      </a>
    );
  if (mime?.startsWith('video/')) return <video class="media-video" src={url} controls preload="none" width="240" height="180" aria-label={t('media.video')} />;
  if (mime?.startsWith('audio/')) return <audio class="media-audio" src={url} controls preload="none" aria-label={t(type === 'voice' ? 'media.voice' : 'media.audio')} />;
  return <a class="media-link" href={url} download={attachment.name ?? ''}><Stand attachment={attachment} /></a>;
}

export function Attachments({ message }: { message: Message }) {
  if (!message.attachments.length) return null;
  return (
    <div class="media">
      {message.attachments.map((a, i) => <One key={i} attachment={a} caption={message.text ?? ''} />)}
    </div>
  );
}
