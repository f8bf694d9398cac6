// Times, lengths of time, sizes and initials as people read them.
import { signal } from '@preact/signals';
import { language, locale, number, t } from './words';
import type { Time } from './types';

// One timer moves every clock, once a minute.
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 60_000);

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let f = formats.get(key);
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(locale(), options)));
  return f;
}

const dayKey = (d: Date) => d.getFullYear() * 10000 + d.getMonth() * 100 + d.getDate();
export const isSameDay = (a: Time, b: Time) => dayKey(new Date(a)) === dayKey(new Date(b));

export function clock(at: Time): string {
  return format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

export function day(at: Time): string {
  const d = new Date(at);
  const today = new Date(now.value);
  if (dayKey(d) === dayKey(today)) return t('time.today');
  if (dayKey(d) === dayKey(new Date(now.value - DAY))) return t('time.yesterday');
  const year = d.getFullYear() === today.getFullYear() ? undefined : ('numeric' as const);
  return format({ weekday: 'short', day: 'numeric', month: 'short', year }).format(d);
}

// A row's time: the hour today, else the date.
export function brief(at: Time): string {
  const d = new Date(at);
  if (dayKey(d) === dayKey(new Date(now.value))) return clock(at);
  const year = d.getFullYear() === new Date(now.value).getFullYear() ? undefined : ('2-digit' as const);
  return format({ day: 'numeric', month: 'short', year }).format(d);
}

export function date(at: Time): string {
  return format({ day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(at));
}
export function monthYear(at: Time): string {
  return format({ month: 'short', year: 'numeric' }).format(new Date(at));
}
export function full(at: Time): string {
  const d = day(at);
  const isWord = d === t('time.today') || d === t('time.yesterday');
  return `${isWord ? d.toLocaleLowerCase() : d}, ${clock(at)}`;
}

// "31 m", "18 j 48 m", "3 hari": what a customer feels, so calendar time.
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes < 60) return t('time.m', { m: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? t('time.hm', { h: hours, m: minutes % 60 }) : t('time.h', { h: hours });
  const days = Math.floor(hours / 24);
  return days < 730 ? t('time.d', { d: days }) : t('time.y', { y: Math.floor(days / 365) });
}

export function spoken(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes < 60) return t('time.spoken.m', { m: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t('time.spoken.hm', { h: hours, m: minutes % 60 }) : duration(ms);
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let n = bytes;
  let i = 0;
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${number(i === 0 || n >= 10 ? Math.round(n) : Math.round(n * 10) / 10)} ${units[i]}`;
}

export function capped(n: number): string {
  return n >= 1000 ? '999+' : number(n);
}

export function initials(name: string): string {
  const words = name.split(/[\s@+._-]+/).filter((w) => /[\p{L}\p{N}]/u.test(w));
  const letters = words.map((w) => [...w].find((c) => /[\p{L}\p{N}]/u.test(c)) ?? '');
  const pick = letters.length > 1 ? letters[0]! + letters[1]! : [...(words[0] ?? '')].slice(0, 2).join('');
  return pick.toLocaleUpperCase(language.value) || '·';
}
