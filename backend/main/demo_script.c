/* The conversations of the demo business. All people, places and numbers are invented. */
#include "main/demo.h"

#include <stddef.h>

/* A message a line: who ('<' the customer, '>' us), minutes since the line before, text. The last line lies `ago`
 * minutes back. A chat that ends with '<' is waiting. */
const struct demo_chat demo_chats[] = {
    { "Rina Amelia", 4,
      "<0 Assalamualaikum, dengan Dapur Bu Rini?\n"
      "<1 Mau tanya nasi box ayam bakar, minimal pesan berapa ya kak?" },
    { "Hendra Wijaya", 9,
      "<0 Bu, saya pesan 2 lusin risol mayo buat rapat Kamis\n"
      ">6 Baik Pak Hendra, risol mayo 24 biji untuk Kamis. Diambil jam berapa, Pak?\n"
      "<3 Jam 9 pagi bisa? Sekalian minta nota ya" },
    { "Siti Nurhaliza Dewi", 17,
      "<0 kak sambal cumi 250 gram masih ada stok?\n<2 kalau kirim ke Bandung ongkirnya berapa" },
    { "Bayu Prasetyo", 26,
      "<0 Selamat siang, tumpeng untuk 20 orang harga mulai berapa?\n"
      ">12 Siang Mas Bayu. Tumpeng 20 porsi mulai 650 ribu, sudah termasuk 7 lauk dan hiasan.\n"
      "<8 Kalau ganti ayamnya jadi ayam ungkep bisa?" },
    { "Ibu Ratna Komalasari", 41,
      "<0 Mbak, pesanan saya kok belum sampai ya? Janjinya jam 11\n"
      "<9 Ini tamu sudah datang semua lho\n"
      "<6 Tolong dibalas" },
    { "Dimas Aditya", 55, "<0 Kak ada paket nasi kuning untuk ulang tahun anak?\n<1 sekitar 25 kotak, tanggal 5" },
    { "Yohana Simatupang", 73,
      "<0 Selamat pagi, apakah bisa bayar pakai QRIS?\n"
      ">4 Bisa Kak Yohana, QRIS atau transfer sama saja.\n"
      "<5 Oke, kirim kodenya ya. Totalnya jadi berapa?" },
    { "Pak RT Suparno", 96,
      "<0 Bu Rini, untuk kerja bakti Minggu pesan 40 bungkus nasi rames\n"
      "<2 seperti bulan lalu saja, yang 12 ribuan" },
    { "Anisa Fitriani", 128, "<0 Kak, kue lapis legitnya masih open PO?\n<1 Buat lebaran nanti mau 3 loyang" },
    { "Gilang Ramadhan", 170,
      "<0 Halo admin, saya mau jadi reseller sambalnya. Syaratnya apa ya?\n"
      "<1 Saya di Cimahi" },
    { "Maria Kristanti", 215,
      "<0 Kemarin pesan 15 box, tapi yang datang cuma 14. Mohon dicek ya\n"
      ">20 Mohon maaf Ibu Maria, kami cek dulu ke dapur ya.\n"
      "<25 Baik, saya tunggu kabarnya" },
    { "Fajar Nugroho", 260, "<0 bang ada menu vegetarian ga? buat 5 orang aja" },
    { "Wulan Sari", 330,
      "<0 Kak, nasi box untuk anak SD yang tidak pedas ada?\n"
      ">10 Ada Kak Wulan, ayam kecap atau bola daging. 18 ribu per kotak.\n"
      "<12 Mau yang ayam kecap 32 kotak. Bisa diantar ke SD Melati Jl. Kenanga?" },
    { "Rudi Hartono K.", 425, "<0 Pesanan atas nama Rudi sudah ditransfer ya, mohon dicek\n<1 Jam 14.20, 375 ribu" },
    { "Lestari Handayani", 560,
      "<0 Bu, sambalnya kok botolnya bocor waktu sampai\n"
      "<2 Minyaknya kena semua isi paket. Bisa diganti?" },
    { "Agus Setiawan", 700, "<0 Permisi, alamat dapurnya di sebelah mana ya? Mau ambil sendiri besok pagi" },
    { "Nadia Putri Utami", 1010, "<0 Kak boleh minta daftar menu lengkap + harga?" },
    { "CV Cahaya Abadi", 1385,
      "<0 Selamat sore. Kami butuh katering makan siang kantor, 35 orang, Senin sampai Jumat.\n"
      "<3 Mohon dikirim penawaran harganya. Terima kasih." },
    { "Tono Sugiarto", 1900, "<0 Bu kemarin ada yang nelpon ngaku dari Dapur Bu Rini minta DP, itu benar ga ya?" },
    { "Melati Anggraini", 2700,
      "<0 Kak mau ganti tanggal pesanan dari tanggal 2 ke tanggal 4, bisa?\n"
      "<30 Halo kak?" },

    { "Dewi Lestari P.", 12,
      "<0 Kak, pesanan saya sudah sampai. Enak sekali, anak-anak suka!\n"
      ">5 Alhamdulillah, terima kasih banyak Kak Dewi. Ditunggu pesanan berikutnya ya." },
    { "Irfan Maulana", 33,
      "<0 Buka jam berapa kak?\n"
      ">2 Setiap hari jam 7 sampai 17, Kak. Minggu tutup.\n"
      "<3 siap, makasih\n"
      ">1 Sama-sama Kak Irfan." },
    { "Sri Wahyuni", 48,
      "<0 Bu, nasi box ayam bakar 30 kotak untuk Sabtu bisa?\n"
      ">7 Bisa, Bu Sri. 30 kotak x 25 ribu, jadi 750 ribu. Diantar jam berapa?\n"
      "<4 Jam 10, ke Aula Kelurahan Sukamaju\n"
      ">3 Siap, kami catat: Sabtu jam 10, Aula Kelurahan Sukamaju. DP 50% ya, Bu." },
    { "Yusuf Habibie R.", 90,
      "<0 Sambal roa level berapa pedasnya kak\n"
      ">6 Sedang, Kak Yusuf. Kalau mau yang pedas sekali ada sambal setan." },
    { "Putri Maharani", 140,
      "<0 kak ongkir ke Yogya berapa ya untuk 4 botol\n"
      ">11 Untuk 4 botol sekitar 28 ribu, Kak Putri. Dikemas kayu tambah 10 ribu.\n"
      "<6 oke saya pesan 4 ya, dikemas kayu\n"
      ">4 Siap Kak. Total 4 x 35 ribu + 38 ribu = 178 ribu." },
    { "Joko Santoso", 205,
      "<0 Pesan soto ayam 10 porsi buat nanti siang masih bisa?\n"
      ">3 Masih, Pak Joko. Diantar jam 12 ya." },
    { "Aulia Rahmawati", 300,
      "<0 Kak, apakah semua menunya halal?\n"
      ">8 Halal semua Kak Aulia, sertifikatnya ada di dapur dan bisa kami kirim fotonya." },
    { "Bu Endang Catering", 390,
      "<0 Bu Rini, bisa bantu 100 box untuk hajatan tanggal 14? Dapur saya penuh\n"
      ">15 Bisa Bu Endang. Menunya sama dengan punya Ibu?\n"
      "<10 Iya, ayam goreng, capcay, kerupuk, pisang\n"
      ">6 Baik, 100 box kami siapkan. Nanti sore saya telepon ya, Bu." },
    { "Reza Pahlevi A.", 510,
      "<0 Mas, kerupuknya melempem semua nih\n"
      ">9 Aduh, maaf sekali Mas Reza. Kami kirim gantinya sore ini tanpa biaya, boleh minta alamatnya lagi?\n"
      "<7 Jl. Cempaka 12. Makasih ya cepat tanggap\n"
      ">2 Sama-sama Mas, mohon maaf sekali lagi." },
    { "Kartika Chandra S.", 640,
      "<0 Untuk arisan 15 orang enaknya menu apa ya kak, budget 30 ribu per orang\n"
      ">14 Bisa nasi liwet lengkap, Kak Kartika: ayam suwir, tahu tempe, sambal, lalap, dan es buah.\n"
      "<9 Wah menarik. Nanti saya kabari ya\n"
      ">2 Siap, ditunggu Kak." },
    { "Ahmad Fauzan", 800,
      "<0 Transfer sudah masuk kak?\n"
      ">4 Sudah Kak Ahmad, terima kasih. Pesanan dikirim besok pagi, resinya menyusul." },
    { "Sekar Ayu Ningrum", 1130,
      "<0 Kak boleh request bekal diet rendah garam?\n"
      ">13 Boleh Kak Sekar, untuk berapa hari?\n"
      "<5 5 hari, makan siang saja\n"
      ">8 Bisa, 5 hari 175 ribu. Mulai Senin ya." },
    { "Pak Darmawan", 1290,
      "<0 Bu, tolong nasi bungkus 20 untuk tukang, jam 11.30\n"
      ">5 Siap Pak Darmawan.\n"
      "<190 Sudah datang, mantap\n"
      ">3 Terima kasih, Pak." },
    { "Indah Permatasari", 1500,
      "<0 Kue ulang tahun karakter bisa ga kak?\n"
      ">10 Mohon maaf Kak Indah, kami belum terima kue karakter. Adanya bolu dan tumpeng mini." },
    { "Samuel Tanuwijaya", 1720,
      "<0 Kak, invoice untuk kantor bisa pakai NPWP?\n"
      ">25 Bisa Kak Samuel, kirim nama perusahaan dan NPWP-nya ya.\n"
      "<15 Sudah saya kirim lewat email\n"
      ">6 Sudah kami terima, invoice kami kirim hari ini." },
    { "Laila Nur Azizah", 2200,
      "<0 Es buahnya seger banget kak, anak-anak nambah terus\n"
      ">5 Senang sekali dengarnya, Kak Laila. Terima kasih!" },
    { "Bagas Wicaksono", 2900,
      "<0 min ada lowongan jadi kurir ga?\n"
      ">30 Belum ada, Mas Bagas. Kalau ada kami umumkan ya." },
    { "Ratih Kusuma W.", 3600,
      "<0 Bu, pesan tumpeng mini 10 untuk syukuran\n"
      ">9 Siap Bu Ratih, tumpeng mini 35 ribu per porsi. Untuk hari apa?\n"
      "<5 Jumat sore\n"
      ">4 Kami catat ya, Bu. Jumat jam 15." },
    { "Komunitas Sepeda Ceria", 4300,
      "<0 Halo kak, sarapan untuk 60 peserta gowes, minggu depan. Nasi uduk bisa?\n"
      ">12 Bisa Kak, nasi uduk telur 15 ribu, dengan ayam 20 ribu.\n"
      "<8 Yang ayam ya. Diantar jam 5.30 pagi ke alun-alun\n"
      ">5 Siap, 60 porsi nasi uduk ayam, jam 5.30 di alun-alun." },
    { "Farida Hanum", 5200,
      "<0 Terima kasih ya Bu, acaranya lancar. Semua bilang masakannya enak\n"
      ">10 Terima kasih kembali Bu Farida, semoga berkah acaranya." },
    { NULL, 0, NULL },
};
