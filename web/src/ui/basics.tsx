// The small parts that every screen is built of.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { initials } from '../format';
import { t } from '../words';
import { Icon, Platform } from './icon';

const HUES = ['daun', 'langit', 'terong', 'selesai'];
function hue(id: string): string {
  let hash = 0;
  for (const c of id) hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
  return HUES[hash % HUES.length]!;
}

export function Avatar({ name, id, platform, size = 44 }: { name: string; id: string; platform?: string; size?: 20 | 36 | 44 | 64 }) {
  return (
    <span class={`avatar avatar-${size} hue-${hue(id)}`} aria-hidden="true">
      <span>{size === 20 ? initials(name).slice(0, 1) : initials(name)}</span>
      {platform && <Platform platform={platform} />}
    </span>
  );
}

type ButtonProps = Omit<JSX.HTMLAttributes<HTMLButtonElement>, 'size' | 'icon'> & {
  kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  size?: 36 | 40 | 48;
  icon?: string;
  busy?: boolean;
  disabled?: boolean;
  type?: 'button' | 'submit';
  children?: ComponentChildren;
};
export function Button({ kind = 'plain', size = 40, icon, busy, disabled, children, type = 'button', ...rest }: ButtonProps) {
  return (
    <button {...rest} type={type} class={`button ${kind} h${size} ${busy ? 'busy' : ''} ${rest.class ?? ''}`} disabled={disabled || busy}>
      {icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}

export function IconButton({ icon, label, ...rest }: Omit<JSX.HTMLAttributes<HTMLButtonElement>, 'icon' | 'label'> & { icon: string; label: string }) {
  return (
    <button type="button" {...rest} class={`icon-button ${rest.class ?? ''}`} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

export type Tone = 'neutral' | 'kunyit' | 'cabai' | 'langit' | 'selesai' | 'terong';
export function Chip({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: string; children: ComponentChildren }) {
  return (
    <span class={`chip tone-${tone}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

type FieldProps = Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'label' | 'onInput'> & {
  label: string;
  help?: string;
  error?: string | null;
  value: string;
  onInput: (value: string) => void;
};
export function Field({ label, help, error, value, onInput, type = 'text', ...rest }: FieldProps) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  const isSecret = type === 'password';
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        <input
          {...rest}
          id={id}
          type={isSecret && isShown ? 'text' : type}
          value={value}
          aria-invalid={error ? 'true' : undefined}
          aria-describedby={error || help ? `${id}-note` : undefined}
          onInput={(e) => onInput(e.currentTarget.value)}
        />
        {isSecret && (
          <IconButton icon="eye" label={t(isShown ? 'field.hide' : 'field.show')} aria-pressed={isShown} onClick={() => setShown(!isShown)} />
        )}
      </div>
      {(error || help) && <p id={`${id}-note`} class={error ? 'field-error' : 'field-help'}>{error || help}</p>}
    </div>
  );
}

export function Choices<T extends string>({ label, value, options, onChoose }: {
  label: string;
  value: T;
  options: { value: T; label: string }[];
  onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      <div class="choices-row">
        {options.map((o) => (
          <label key={o.value} class="choice">
            <input type="radio" name={name} checked={o.value === value} onChange={() => onChoose(o.value)} />
            <span>{o.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

// What stands where content would be: so it is, and one next step.
export function Empty({ title, text, picture, children }: { title: string; text?: string; picture?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="empty">
      {picture}
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

export function ErrorBox({ text, code, onRetry }: { text: string; code?: string; onRetry?: () => void }) {
  return (
    <div class="error-box" role="alert">
      <Icon name="bang" />
      <div>
        <p>{text}</p>
        {onRetry && <Button size={36} onClick={onRetry}>{t('act.retry')}</Button>}
        {code && <p class="meta">{code}</p>}
      </div>
    </div>
  );
}

// Only what takes a while gets a skeleton, in the shape of what comes.
export function Skeleton({ rows = 6, shape = 'row' }: { rows?: number; shape?: 'row' | 'bubble' }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="skeleton" aria-busy="true" aria-label={t('state.loading')} role="status">
      {isLate && Array.from({ length: rows }, (_, i) => <div key={i} class={`skeleton-${shape}`}><i /><b /><b /></div>)}
    </div>
  );
}
