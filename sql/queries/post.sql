-- What the business published, and its numbers (domain/ingest_post.c, jobs/numbers_job.c).

-- Words count where they are told; a number that is not told leaves the one that is known.
-- name: post_put
-- for: work
WITH u AS (
    SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::bigint[],
                         $10::bigint[], $11::bigint[])
        u(channel_id, external_id, text, link, posted_at, told_at, likes, comments, shares, views)),
put AS (
    INSERT INTO post AS p (business_id, channel_id, external_id, text, link, posted_at, likes, comments, shares, views, numbers_at)
    SELECT $1::bigint, channel_id, external_id, text, link, CASE WHEN posted_at > '1900-01-01' THEN posted_at END, nullif(likes, -1), nullif(comments, -1),
           nullif(shares, -1), nullif(views, -1), CASE WHEN greatest(likes, comments, shares, views) >= 0 THEN told_at END
    FROM u ORDER BY channel_id, external_id
    ON CONFLICT (business_id, channel_id, external_id) DO UPDATE
    SET text = CASE WHEN p.deleted_at IS NULL AND excluded.text <> '' THEN excluded.text ELSE p.text END,
        link = CASE WHEN excluded.link <> '' THEN excluded.link ELSE p.link END,
        posted_at = coalesce(excluded.posted_at, p.posted_at),
        likes = CASE WHEN coalesce(p.numbers_at <= excluded.numbers_at, true) THEN coalesce(excluded.likes, p.likes) ELSE p.likes END,
        comments = CASE WHEN coalesce(p.numbers_at <= excluded.numbers_at, true) THEN coalesce(excluded.comments, p.comments) ELSE p.comments END,
        shares = CASE WHEN coalesce(p.numbers_at <= excluded.numbers_at, true) THEN coalesce(excluded.shares, p.shares) ELSE p.shares END,
        views = CASE WHEN coalesce(p.numbers_at <= excluded.numbers_at, true) THEN coalesce(excluded.views, p.views) ELSE p.views END,
        numbers_at = greatest(p.numbers_at, excluded.numbers_at)
    RETURNING id, channel_id, external_id, posted_at, likes, comments, shares, views, numbers_at),
now_is AS (
    SELECT put.*, b.zone FROM put JOIN u USING (channel_id, external_id) JOIN business b ON b.id = $1::bigint
    WHERE put.numbers_at = u.told_at AND greatest(u.likes, u.comments, u.shares, u.views) >= 0),
days AS (
    INSERT INTO post_numbers AS n (business_id, post_id, kind, day, taken_at, likes, comments, shares, views)
    SELECT $1::bigint, id, 0, (numbers_at AT TIME ZONE zone)::date, numbers_at, likes, comments, shares, views FROM now_is
    ON CONFLICT (business_id, post_id, kind, day) DO UPDATE
    SET taken_at = excluded.taken_at, likes = excluded.likes, comments = excluded.comments, shares = excluded.shares, views = excluded.views
    WHERE n.taken_at <= excluded.taken_at)
INSERT INTO post_numbers AS n (business_id, post_id, kind, day, taken_at, likes, comments, shares, views)
SELECT $1::bigint, id, 1, ((posted_at + interval '7 days') AT TIME ZONE zone)::date, numbers_at, likes, comments, shares, views
FROM now_is WHERE posted_at IS NOT NULL AND numbers_at >= posted_at
ON CONFLICT (business_id, post_id, kind, day) DO UPDATE
SET taken_at = excluded.taken_at, likes = excluded.likes, comments = excluded.comments, shares = excluded.shares, views = excluded.views
WHERE abs(extract(epoch FROM excluded.taken_at - (SELECT p.posted_at + interval '7 days' FROM post p WHERE p.business_id = $1::bigint AND p.id = n.post_id)))
      <= abs(extract(epoch FROM n.taken_at - (SELECT p.posted_at + interval '7 days' FROM post p WHERE p.business_id = $1::bigint AND p.id = n.post_id)));

-- What became of a post's message became of the post: edited or deleted, whichever was told first.
-- name: post_follow
-- for: work
UPDATE post p SET text = coalesce(m.text, ''), deleted_at = m.deleted_at
FROM unnest($2::bigint[], $3::text[]) u(channel_id, external_id)
JOIN message m ON m.business_id = $1::bigint AND m.channel_id = u.channel_id AND m.external_id = u.external_id AND m.kind = 3
WHERE p.business_id = $1::bigint AND p.channel_id = u.channel_id AND p.external_id = u.external_id
  AND (p.text, p.deleted_at) IS DISTINCT FROM (coalesce(m.text, ''), m.deleted_at);

-- name: post_followers
-- for: work
INSERT INTO channel_numbers AS n (business_id, channel_id, day, taken_at, followers)
SELECT $1::bigint, u.channel_id, (u.at AT TIME ZONE b.zone)::date, u.at, nullif(u.followers, -1)
FROM unnest($2::bigint[], $3::timestamptz[], $4::bigint[]) u(channel_id, at, followers) JOIN business b ON b.id = $1::bigint
ON CONFLICT (business_id, channel_id, day) DO UPDATE
SET taken_at = greatest(n.taken_at, excluded.taken_at),
    followers = CASE WHEN n.taken_at <= excluded.taken_at THEN coalesce(excluded.followers, n.followers) ELSE coalesce(n.followers, excluded.followers) END;

-- Channels of the platforms $2 whose numbers have not been asked for lately.
-- name: post_numbers_due
-- for: work
SELECT ch.id FROM channel ch
WHERE ch.business_id = $1 AND ch.platform = ANY ($2::smallint[]) AND ch.transport = 2 AND ch.removed_at IS NULL AND ch.status IN (0, 1)
  AND NOT EXISTS (SELECT FROM channel_numbers n WHERE n.business_id = $1 AND n.channel_id = ch.id AND n.taken_at > now() - interval '6 hours')

-- The post that a comment hangs on: ours, or what somebody wrote on our page.
-- name: post_of_thread
-- for: web
SELECT coalesce(p.external_id, m.external_id), coalesce(nullif(p.text, ''), m.text), p.link, coalesce(p.posted_at, m.sent_at), coalesce(p.deleted_at, m.deleted_at),
       coalesce(p.likes, -1), coalesce(p.comments, -1), coalesce(p.shares, -1), coalesce(p.views, -1), p.numbers_at, p.id IS NOT NULL
FROM thread t
LEFT JOIN post p ON p.business_id = $1 AND p.channel_id = t.channel_id AND p.external_id = t.post
LEFT JOIN message m ON m.business_id = $1 AND m.channel_id = t.channel_id AND m.external_id = t.post
WHERE t.business_id = $1 AND t.id = $2 AND t.type = 1 AND t.post <> '' AND (p.id IS NOT NULL OR m.id IS NOT NULL AND t.external_id <> t.post)
