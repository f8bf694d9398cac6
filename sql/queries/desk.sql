-- What commands look up by the words that people use.

-- name: desk_find_business
-- for: work owner
-- By number, by exact name, or any for ''.
SELECT count(*), coalesce(min(id), 0) FROM business WHERE $1::text = '' OR id::text = $1 OR lower(name) = lower($1);

-- name: desk_find_channel
-- for: work owner
SELECT count(*), coalesce(min(id), 0) FROM channel
WHERE business_id = $1 AND removed_at IS NULL AND (id::text = $2 OR lower(name) = lower($2));
