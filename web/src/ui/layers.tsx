// Sheets and menus over the page: they take the focus and give it back; Escape closes one layer.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../words';
import { IconButton } from './basics';
import { Icon } from './icon';
import { NoticeBar } from './notice-bar';

export function Sheet({ title, onClose, children, wide }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    const first = dialog.current?.querySelector<HTMLElement>('input:not([type=checkbox]), textarea, .options button');
    (first ?? dialog.current?.querySelector('h2'))?.focus();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'sheet sheet-wide' : 'sheet'}
      aria-label={title}
      onCancel={(e) => (e.preventDefault(), onClose())}
      onClick={(e) => e.target === dialog.current && onClose()}
      onKeyDown={(e) => e.stopPropagation()}
    >
      <div class="sheet-body">
        <header class="sheet-head">
          <h2 tabIndex={-1}>{title}</h2>
          <IconButton icon="close" label={t('act.close')} onClick={onClose} />
        </header>
        {children}
        <NoticeBar />
      </div>
    </dialog>
  );
}

export interface MenuItem {
  label: string;
  icon?: string;
  isChosen?: boolean;
  isDanger?: boolean;
  run: () => void;
}

export function Menu({ label, icon, items, isTabStop = true, class: name = '' }: {
  label: string;
  icon: string;
  items: MenuItem[];
  isTabStop?: boolean;
  class?: string;
}) {
  const [open, set] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  // beside its button and whole, wherever that stands: no pane cuts it off
  useLayoutEffect(() => {
    const list = open && root.current?.querySelector<HTMLElement>('.menu-list');
    if (!list) return;
    const at = root.current!.querySelector('button')!.getBoundingClientRect();
    list.style.position = 'fixed';
    list.style.right = 'auto';
    const { offsetWidth: w, offsetHeight: h } = list;
    const isUp = at.bottom + 4 + h > innerHeight - 8 && at.top - 4 - h >= 8;
    list.style.left = `${Math.max(8, Math.min(at.right - w, innerWidth - w - 8))}px`;
    list.style.top = `${isUp ? at.top - 4 - h : Math.max(8, Math.min(at.bottom + 4, innerHeight - h - 8))}px`;
    const close = () => set(false);
    addEventListener('scroll', close, { capture: true, once: true });
    return () => removeEventListener('scroll', close, { capture: true });
  }, [open]);
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus({ preventScroll: true });
    const away = (e: Event) => !root.current?.contains(e.target as Node) && set(false);
    addEventListener('pointerdown', away);
    return () => removeEventListener('pointerdown', away);
  }, [open]);
  const move = (e: KeyboardEvent) => {
    if (e.key === 'Escape' && open) {
      e.stopPropagation();
      set(false);
      root.current?.querySelector<HTMLElement>('button')?.focus();
      return;
    }
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (!step || !open) return;
    e.preventDefault();
    const all = [...root.current!.querySelectorAll<HTMLElement>('[role^=menuitem]')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div class={`menu ${name}`} ref={root} onKeyDown={move}>
      <IconButton icon={icon} label={label} aria-haspopup="menu" aria-expanded={open} tabIndex={isTabStop ? 0 : -1} onClick={() => set(!open)} />
      {open && (
        <div class="menu-list" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role={item.isChosen === undefined ? 'menuitem' : 'menuitemradio'}
              aria-checked={item.isChosen}
              class={item.isDanger ? 'danger' : ''}
              onClick={() => (set(false), item.run())}
            >
              {item.icon ? <Icon name={item.icon} size={18} /> : item.isChosen !== undefined && <span class="tick">{item.isChosen && <Icon name="check" size={16} />}</span>}
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
