// A file to send along: chosen, uploaded at once, named by its content.
import { useRef, useState } from 'preact/hooks';
import { api, type Problem } from '../api';
import { complain } from '../state/acts';
import { IconButton } from '../ui/basics';
import { Icon } from '../ui/icon';
import { t } from '../words';

export interface AttachedFile {
  hash: string;
  name: string;
}

const MOST = 25 * 1024 * 1024;

export function AttachButton({ onFile, onBusy }: { onFile: (file: AttachedFile) => void; onBusy: (on: boolean) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const choose = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST) return complain(new Error(t('composer.file_too_big')) as Problem);
    setBusy(true);
    onBusy(true);
    try {
      const kept = await api.upload(file);
      onFile({ hash: kept.file, name: [...file.name].slice(0, 60).join('') || 'berkas' });
    } catch (e) {
      complain(e as Problem);
    } finally {
      setBusy(false);
      onBusy(false);
      if (field.current) field.current.value = '';
    }
  };
  return (
    <>
      <input ref={field} type="file" hidden tabIndex={-1} aria-hidden="true" onChange={(e) => void choose(e.currentTarget.files?.[0])} />
      <IconButton icon="clip" label={t(isBusy ? 'composer.attaching' : 'composer.attach')} onClick={() => field.current?.click()} />
    </>
  );
}

export function AttachedNote({ file, onDrop }: { file: AttachedFile; onDrop: () => void }) {
  return (
    <div class="composer-quote">
      <Icon name="file" size={16} />
      <span dir="auto">{file.name}</span>
      <IconButton icon="close" label={t('composer.detach')} onClick={onDrop} />
    </div>
  );
}
