// Writes a WhatsApp group export with N messages to stdout, made of invented words, the same bytes every time.
// usage: node tests/bench/make-whatsapp.mjs N [android-id|android-en|ios-en] > FILE
import { writeSync } from "node:fs";

const count = Number(process.argv[2] ?? 1000);
const style = process.argv[3] ?? "android-id";
if (!Number.isInteger(count) || count < 0) {
  console.error("usage: make-whatsapp.mjs N [android-id|android-en|ios-en]");
  process.exit(2);
}

// xorshift32: the same numbers on every machine
let state = 0x9e3779b9;
const random = (n) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
};
const pick = (list) => list[random(list.length)];

const people = ["Sari W", "Toko Contoh", "Rina 🌸", "Budi-Budi 🛵", "Andi | Grosir", "+62 811-0000-0001"];
const words = (
  "kak stok masih ada berapa ongkir ke bandung warna merah ukuran besar pesan dua kirim hari ini transfer sudah ya " +
  "terima kasih barang bagus resi mana belum sampai tolong cek alamat baru promo masih order lagi boleh tukar"
).split(" ");
const two = (n) => String(n).padStart(2, "0");

const shapes = {
  "android-id": (d) => `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}/${two(d.getUTCFullYear() % 100)} ` +
    `${two(d.getUTCHours())}.${two(d.getUTCMinutes())} - `,
  "android-en": (d) => `${d.getUTCMonth() + 1}/${d.getUTCDate()}/${two(d.getUTCFullYear() % 100)}, ` +
    `${d.getUTCHours() % 12 || 12}:${two(d.getUTCMinutes())} ${d.getUTCHours() < 12 ? "AM" : "PM"} - `,
  "ios-en": (d) => `[${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}/${d.getUTCFullYear()}, ` +
    `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}] `,
};
const shape = shapes[style];
const end = style.startsWith("ios") ? "\r\n" : "\n";
const omitted = { "android-id": "<Media tidak disertakan>", "android-en": "<Media omitted>", "ios-en": "\u200eimage omitted" }[style];

const sentence = () => Array.from({ length: 1 + random(14) }, () => pick(words)).join(" ");
const body = () => {
  const kind = random(100);
  if (kind < 8) return `${pick(people)}: ${omitted}`;
  if (kind < 10) return style === "android-id" ? `${pick(people)} keluar` : `${pick(people)} left`;
  if (kind < 18) return `${pick(people)}: ${sentence()}\n${sentence()}\n${sentence()}`;
  return `${pick(people)}: ${sentence()}`;
};

let at = Date.UTC(2019, 0, 2, 7, 0, 0);
let out = [];
let size = 0;
const flush = () => {
  const bytes = Buffer.from(out.join(""));
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
  out = [];
  size = 0;
};
for (let i = 0; i < count; i++) {
  at += random(240) * 1000;
  const line = shape(new Date(at)) + body() + end;
  out.push(line);
  size += line.length;
  if (size > 1 << 20) flush();
}
flush();
