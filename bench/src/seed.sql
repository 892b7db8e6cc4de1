-- What the benchmark reads, the same in every run: rows as the program itself would have written them.
--
-- The driver puts numbers for {papers} and {comments}, and dates for {day}. Papers count back from the newest: half
-- of the 80 of a day are featured on it. Comments lie in the table as they come in, those of one paper between those
-- of others.

CREATE TEMPORARY TABLE sentence AS
SELECT s AS id,
       format('%s %s %s %s %s, and %s %s the %s of %s %s by %s points.',
              (ARRAY['We show that', 'Our results suggest that', 'In this work,', 'Surprisingly,', 'In contrast to prior work,',
                     'Across twelve benchmarks,', 'We find that', 'Building on the na' || chr(239) || 've baseline,'])[1 + s % 8],
              (ARRAY['sparse', 'recursive', 'multimodal', 'contrastive', 'causal', 'low-rank', '"frozen"'])[1 + s % 7],
              (ARRAY['attention', 'retrieval', 'distillation', 'diffusion', 'pre-training'])[1 + s % 5],
              (ARRAY['improves', 'stabilises', 'replaces', 'explains', 'accelerates', 'bounds'])[1 + s % 6],
              (ARRAY['reasoning', 'planning', 'alignment', 'decoding', 'transfer', 'quantisation', 'grounding', 'search', 'memory'])[1 + s % 9],
              (ARRAY['halves', 'raises', 'preserves', 'predicts'])[1 + s % 4],
              (ARRAY['reliably', 'jointly', 'provably'])[1 + s % 3],
              (ARRAY['accuracy', 'cost $\mathcal{O}(n \log n)$', 'variance', 'latency', 'throughput', 'calibration', 'recall',
                     'perplexity', 'robustness', 'coverage', 'fidelity'])[1 + s % 11],
              (ARRAY['large', 'small', 'long-context', 'open', 'instruction-tuned'])[1 + s / 5 % 5],
              (ARRAY['language models', 'vision encoders', 'agents', 'world models', 'speech models', 'policies'])[1 + s / 6 % 6],
              1 + s % 23) AS text
FROM generate_series(0, 996) s;

CREATE TEMPORARY TABLE person AS
SELECT a AS id,
       (ARRAY['Ada', 'Wei', 'Fatima', 'Jonas', 'Mei', 'Carlos', 'Priya', 'Noah', 'Sofia', 'Kenji', 'Lena', 'Omar', 'Yuki',
              'Ana', 'Ivan', 'Chiara', 'Hugo', 'Amara', 'Li', 'Zo' || chr(235)])[1 + a % 20] || ' '
       || initcap((ARRAY['ka', 'ro', 'mi', 'ta', 'ven', 'sol', 'ber', 'lin', 'da', 'os'])[1 + a / 20 % 10]
                  || (ARRAY['no', 'ri', 'sa', 'lu', 'ke', 'mar', 'ti', 'gan', 'fe', 'zu'])[1 + a / 200 % 10]
                  || (ARRAY['ra', 'ner', 'vic', 'to', 'shi', 'man', 'lo', 'ez', 'ko', 'wa'])[1 + a / 2000 % 10]
                  || (ARRAY['', 'n', 's'])[1 + a / 20000 % 3]) AS name
FROM generate_series(0, 59999) a;

INSERT INTO organization (id, slug, name, name_key, logo_url)
SELECT o, 'institute-' || o, 'Institute ' || o, 'institute ' || o,
       CASE WHEN o % 2 = 0 THEN 'https://logos.example.org/' || o || '.png' END
FROM generate_series(1, 1000) o;

INSERT INTO "user" (id, handle, display_name, role, email, email_key, joined_at)
SELECT u, 'reader-' || u, p.name, 'READER', 'reader-' || u || '@example.org', 'reader-' || u || '@example.org',
       '{day}T00:00:00Z'::timestamptz - make_interval(hours => u)
FROM generate_series(1, 5000) u JOIN person p ON p.id = u * 11;

CREATE TEMPORARY TABLE fresh AS
SELECT n AS id, {papers} - n AS age, '{day}'::date - ({papers} - n) / 80 AS day, ({papers} - n) % 2 = 0 AS is_featured,
       1 + ({papers} - n) % 80 / 2 AS position,
       format('%s %s for %s %s: %s %s',
              (ARRAY['Sparse', 'Recursive', 'Multimodal', 'Contrastive', 'Causal', 'Adaptive', 'Verified'])[1 + n % 7],
              (ARRAY['Attention', 'Retrieval', 'Distillation', 'Diffusion', 'Pre-Training'])[1 + n % 5],
              (ARRAY['Long-Context', 'Open', 'Small', 'Embodied'])[1 + n / 5 % 4],
              (ARRAY['Language Models', 'Agents', 'Vision Encoders', 'Policies', 'World Models', 'Speech'])[1 + n / 7 % 6],
              (ARRAY['A Study of', 'Towards', 'Beyond', 'Rethinking'])[1 + n / 11 % 4], 'Case ' || n) AS title
FROM generate_series(1, {papers}) n;

CREATE TEMPORARY TABLE abstract AS
SELECT f.id, string_agg(s.text, ' ' ORDER BY j) AS text
FROM fresh f CROSS JOIN generate_series(0, 7 + f.id % 4) j
JOIN sentence s ON s.id = (f.id * 7 + j * 101 + f.id / 997 * (j + 3)) % 997
GROUP BY f.id;

CREATE TEMPORARY TABLE authorship AS
SELECT f.id AS paper_id, k AS place, p.name
FROM fresh f CROSS JOIN generate_series(0, 4) k JOIN person p ON p.id = (f.id * 7919 + k * 10007) % 60000;

INSERT INTO paper (id, slug, arxiv_id, title, title_key, abstract, summary, authors, author_count, organization_id,
                   published_on, updated_on, repository_url, repository_stars, source_upvotes, source_comments, upvotes,
                   comments, trending, created_at, changed_at)
SELECT f.id, arxiv.id, arxiv.id, f.title, trim(regexp_replace(lower(f.title), '[^[:alnum:]]+', ' ', 'g')), a.text,
       CASE WHEN f.id % 3 > 0 THEN split_part(a.text, '. ', 1) || '.' END, names.list, 5,
       CASE WHEN f.id % 3 = 1 THEN 1 + f.id * 13 % 1000 END,
       f.day - 1, CASE WHEN f.id % 4 = 0 THEN f.day END,
       CASE WHEN f.id % 2 = 0 THEN 'https://github.com/example/case-' || f.id END,
       CASE WHEN f.id % 2 = 0 THEN (f.id * 17 % 900)::integer END,
       (f.id * 7919 % 151)::integer, (f.id * 31 % 7)::integer, 0, 0, 0, noon, noon
FROM fresh f
JOIN abstract a USING (id)
JOIN (SELECT paper_id, jsonb_agg(name ORDER BY place) AS list FROM authorship GROUP BY paper_id) names ON names.paper_id = f.id
CROSS JOIN LATERAL (SELECT to_char(f.day - 1, 'YYMM') || '.' || lpad(f.age::text, 5, '0') AS id,
                           (f.day + time '12:00') AT TIME ZONE 'UTC' AS noon) arxiv
ORDER BY f.id;

INSERT INTO paper_author (name_key, paper_id) SELECT DISTINCT lower(name), paper_id FROM authorship;

INSERT INTO keyword (paper_id, keyword_key, name, position)
SELECT id, 'topic ' || topic, 'topic ' || topic, k FROM fresh
CROSS JOIN generate_series(0, 2) k CROSS JOIN LATERAL (SELECT (id * 3 + k * 1009) % 4001 AS topic) t;

-- By the rules of now, whatever their number is: otherwise the service writes them anew while it is measured.
INSERT INTO paper_words (paper_id, rules, words)
SELECT p.id, 1000000, ' ' || p.title_key || ' ' || trim(regexp_replace(lower(p.abstract), '[^[:alnum:]]+', ' ', 'g'))
       || ' ' || k.keys || ' '
FROM paper p JOIN (SELECT paper_id, string_agg(keyword_key, ' ' ORDER BY position) AS keys FROM keyword GROUP BY paper_id) k
     ON k.paper_id = p.id;

INSERT INTO category (code, name)
VALUES ('cs.AI', 'Artificial Intelligence'), ('cs.CL', 'Computation and Language'),
       ('cs.CV', 'Computer Vision and Pattern Recognition'), ('cs.LG', 'Machine Learning'), ('cs.RO', 'Robotics');

INSERT INTO paper_category (paper_id, code, position)
SELECT id, (ARRAY['cs.AI', 'cs.CL', 'cs.CV', 'cs.LG', 'cs.RO'])[1 + (id + 2 * k) % 5], k
FROM fresh CROSS JOIN generate_series(0, 1) k;

INSERT INTO featured_paper (id, paper_id, day, featured_at, recorded_at, position)
SELECT row_number() OVER (ORDER BY day, position), id, day, noon, noon + make_interval(secs => position), position
FROM fresh CROSS JOIN LATERAL (SELECT (day + time '12:00') AT TIME ZONE 'UTC' AS noon) t WHERE is_featured;

UPDATE feed_clock SET at = (SELECT max(recorded_at) FROM featured_paper);

-- The first 60 go to the paper that is asked for, eight to each other paper of the day, the rest to papers of the year.
CREATE TEMPORARY TABLE remark AS
SELECT 1 + g * 7919 % {comments} AS id, f.id AS paper_id, g
FROM generate_series(1, {comments}) g
JOIN fresh f ON f.age = 2 * CASE WHEN g <= 60 THEN 1 WHEN g <= 380 THEN g % 40 ELSE g * 6151 % least(14600, {papers} / 2) END;

INSERT INTO comment (id, paper_id, author_id, parent_id, body, body_html, created_at, deleted_at, hidden_at)
SELECT id, paper_id, author_id, parent_id, body, '<p>' || replace(body, E'\n\n', '</p><p>') || '</p>', created_at, deleted_at,
       hidden_at
FROM (
    SELECT r.id, r.paper_id, 1 + r.g * 6007 % 5000 AS author_id,
           -- Every fifth answers the one two before it; of ten one is gone and keeps its place, one is hidden.
           CASE WHEN place % 5 = 0 THEN earlier END AS parent_id,
           CASE WHEN place % 10 = 3 THEN '' ELSE (
               SELECT string_agg(text, E'\n\n' ORDER BY s.id) FROM sentence s
               WHERE s.id IN (r.g % 997, r.g * 3 % 997, CASE WHEN r.g % 2 = 0 THEN r.g * 5 % 997 END)) END AS body,
           '{day}T12:00:00Z'::timestamptz + make_interval(secs => r.id / 10.0) AS created_at,
           CASE WHEN place % 10 = 3 THEN '{day}T20:00:00Z'::timestamptz END AS deleted_at,
           CASE WHEN place % 10 = 7 THEN '{day}T20:00:00Z'::timestamptz END AS hidden_at
    FROM (SELECT remark.*, row_number() OVER w AS place, lag(id, 2) OVER w AS earlier
          FROM remark WINDOW w AS (PARTITION BY paper_id ORDER BY id)) r) c
ORDER BY id;

UPDATE paper SET comments = c.count
FROM (SELECT paper_id, count(*) FROM comment WHERE deleted_at IS NULL AND hidden_at IS NULL GROUP BY paper_id) c
WHERE paper.id = c.paper_id;

-- docs/ranking.md
UPDATE paper p SET trending = round((log(greatest(1, p.source_upvotes + p.upvotes + (p.source_comments + p.comments) / 2.0)::float8)
    + extract(epoch FROM coalesce(f.featured_at, since.at) - timestamptz '2020-01-01T00:00:00Z')::float8 / 259200) * 1000000)
FROM paper q
CROSS JOIN LATERAL (SELECT q.published_on::timestamp AT TIME ZONE 'UTC' AS at) since
LEFT JOIN featured_paper f ON f.paper_id = q.id
WHERE p.id = q.id;

SELECT setval(pg_get_serial_sequence(name, 'id'), 1000000)
FROM unnest(ARRAY['organization', '"user"', 'paper', 'featured_paper', 'comment']) name;
