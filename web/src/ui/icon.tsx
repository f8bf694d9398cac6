// Icons and marks from the sprite in the page.
import type { Identity } from '../types';

export function Icon({ name, size = 20 }: { name: string; size?: number }) {
  return (
    <svg class={size < 18 ? 'icon icon-small' : 'icon'} width={size} height={size} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

const GLYPHS = ['whatsapp', 'telegram', 'instagram', 'facebook', 'messenger', 'line', 'youtube', 'x'];
export const PLATFORM_NAMES: Record<string, string> = {
  whatsapp: 'WhatsApp', telegram: 'Telegram', instagram: 'Instagram', facebook: 'Facebook', messenger: 'Messenger',
  line: 'LINE', youtube: 'YouTube', x: 'X',
};
export const platformName = (platform: string) => PLATFORM_NAMES[platform] ?? platform;

// Numbers are kept as bare digits; people read them in groups.
export const phoneText = (digits: string) =>
  /^62[2-9]\d{6,11}$/.test(digits) ? `+62 ${digits.slice(2).replace(/^(\d{3})(\d{3,4})(\d{3,})$/, '$1-$2-$3')}`
    : /^[1-9]\d{7,14}$/.test(digits) ? `+${digits}` : digits;
export const atName = (username: string) => `@${username.replace(/^@/, '')}`;

// How one account of a person is written: its handle, its number, or only where it is.
export const handleOf = (i: Identity) => (i.username ? atName(i.username) : i.phone ? phoneText(i.phone) : platformName(i.platform));

export function Platform({ platform, size = 20 }: { platform: string; size?: number }) {
  const glyph = GLYPHS.includes(platform) ? platform : 'file';
  return (
    <svg class={`glyph glyph-${glyph}`} width={size} height={size} viewBox="-2.5 -2.5 17 17" aria-hidden="true">
      <use href={`#p-${glyph}`} width="12" height="12" />
    </svg>
  );
}

// The mug of an empty inbox: drawn here because only this place shows it.
export function Mug() {
  return (
    <svg class="mug" width="132" height="120" viewBox="0 0 132 120" aria-hidden="true">
      <ellipse class="mug-shade" cx="62" cy="110" rx="56" ry="6" />
      <path class="mug-steam" d="M46 24c-5-6 4-8 0-15M66 24c-5-6 4-8 0-15" />
      <path class="mug-ear" d="M98 52h9a13 13 0 0 1 0 28h-11" />
      <path class="mug-body" d="M20 38v48c0 12 8 20 20 20h38c12 0 20-8 20-20V38z" />
      <g class="mug-specks">
        <circle cx="32" cy="58" r="1.5" /><circle cx="48" cy="76" r="1.2" /><circle cx="60" cy="60" r="1.6" />
        <circle cx="79" cy="70" r="1.2" /><circle cx="87" cy="56" r="1.4" /><circle cx="38" cy="92" r="1.5" />
        <circle cx="66" cy="92" r="1.3" /><circle cx="84" cy="86" r="1.6" />
      </g>
      <ellipse class="mug-rim" cx="59" cy="38" rx="39" ry="8" />
      <ellipse class="mug-tea" cx="59" cy="39" rx="32" ry="5" />
    </svg>
  );
}
