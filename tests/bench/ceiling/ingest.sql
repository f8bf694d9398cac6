\set c random(1, 110000)
\set m random(1, 9000000000000000)
SELECT ingest((:c % 4 + 1)::int, 'u' || :c, 'mid.' || :m, 'Halo kak, paket nomor ' || :m || ' kok belum sampai dari kemarin lusa, boleh tolong dicek kurirnya? Alamat sudah saya tulis lengkap waktu pesan.');
