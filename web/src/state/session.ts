// Who is logged in, and in which business.
import { computed, signal } from '@preact/signals';
import { api, isSessionOver, setBusiness } from '../api';
import { go, route } from '../router';
import { setLanguage } from '../words';
import type { Language, Me, Permission, Theme } from '../types';

// undefined: not asked yet; null: nobody
export const me = signal<Me | null | undefined>(undefined);
export const business = computed(() => {
  const all = me.value?.businesses ?? [];
  return all.find((b) => b.id === route.value.business) ?? all[0] ?? null;
});
export const can = (permission: Permission) => business.value?.permissions.includes(permission) ?? false;

export const theme = signal<Theme>('auto');
export function setTheme(next: Theme): void {
  theme.value = next;
  document.documentElement.dataset.theme = next;
  localStorage.setItem('theme', next);
}
export async function chooseLanguage(next: Language): Promise<void> {
  localStorage.setItem('language', next);
  await setLanguage(next);
}

// What this device showed last, so that the first paint needs no answer from the server.
export async function restoreLook(): Promise<void> {
  const kept = localStorage.getItem('theme');
  if (kept === 'light' || kept === 'dark') setTheme(kept);
  if (localStorage.getItem('language') === 'en') await setLanguage('en');
}

async function enter(next: Me): Promise<void> {
  me.value = next;
  const b = business.value;
  if (b) {
    setBusiness(b.id);
    localStorage.setItem('business', b.id);
    if (route.value.business !== b.id) go(`/b/${b.id}/inbox`, true);
  }
  setTheme(next.person.theme ?? 'auto');
  await chooseLanguage(next.person.language ?? 'id');
}

export async function resume(): Promise<void> {
  try {
    await enter(await api.me());
  } catch {
    me.value = null;
  }
}
export async function login(email: string, password: string): Promise<void> {
  const before = me.value?.person.id;
  const next = await api.login(email, password);
  // Somebody else: what this page holds, letters that wait to go out above all, is not hers.
  if (before && before !== next.person.id) location.replace('/');
  else await enter(next);
}
export async function edit(change: { language?: Language; theme?: Theme; name?: string }): Promise<void> {
  await enter(await api.editMe(change));
}
export async function logout(): Promise<void> {
  await api.logout().catch(() => undefined);
  me.value = null;
  isSessionOver.value = false;
  location.assign('/');
}
export function switchBusiness(id: string): void {
  location.assign(`/b/${id}/inbox`);
}
