-- As much as a large agency has: one statement for each table, the same on both databases; see bulk.py.
-- Client 1 has a fifth of all domains and endpoints, and staff get a quarter of all mails.
-- A head line gives the table, and how many numbers n counts. {now} and {later(seconds)} are filled by db.connection.
-- What is not named here and has a default gets it, as the models say.

-- client: 10000
INSERT INTO client (name, email, contacts, address, language, currency, zone, created_at)
SELECT 'Client ' || n || CASE WHEN n % 2 = 0 THEN ' Bakery' ELSE ' Travel' END, 'billing@c' || n || '.test',
    '[]', '[]', 'en', 'EUR', 'UTC', {now}
FROM series;

-- domain: 100000
INSERT INTO domain (client_id, name, created_at)
SELECT CASE WHEN n % 5 = 0 THEN 1 ELSE n % 10000 + 1 END, 'name-' || n || '.example', {now}
FROM series;

-- domain_state: 99500
INSERT INTO domain_state (domain_id, answer, source, server, expires, registrar, nameservers, statuses, stage,
    next_look_at, checked_at, failed_at, failure, looks, said, created, updated)
SELECT n, CASE WHEN n % 50 = 0 THEN 'available' ELSE 'registered' END, 'rdap', 'rdap.example',
    CASE WHEN n % 50 <> 0 AND n % 40 <> 1 THEN {later((n * 7919 % 710 - 10) * 86400 + n % 86400)} END,
    'Example Registrar ' || (n % 30), '["ns1.example", "ns2.example"]', '["ok"]',
    CASE WHEN n % 100 = 0 THEN 'redemption_period' ELSE 'active' END, {later(n % 86400)}, {later(-(n % 86400))},
    CASE WHEN n % 70 = 0 THEN {later(-(n % 86400))} END, CASE WHEN n % 70 = 0 THEN 'no answer in 15 s' END,
    {looks}, {said}, {later(-n * 1000)}, {later(-(n % 86400))}
FROM series;

-- domain_answer: 200000
INSERT INTO domain_answer (domain_id, at, answer, source, server, raw_text)
SELECT n % 100000 + 1, {later(n - 200000)}, 'registered', 'rdap', 'rdap.example', 'Domain Name: NAME.EXAMPLE'
FROM series;

-- endpoint: 100000
INSERT INTO endpoint (client_id, host, port, protocol, created_at)
SELECT CASE WHEN n % 5 = 0 THEN 1 ELSE n % 10000 + 1 END, 'www.name-' || n || '.example', 443, 'tls', {now}
FROM series;

-- endpoint_state without a fault: 99500
INSERT INTO endpoint_state (endpoint_id, known, grade, ok, not_after, checked_at, next_scan_at)
SELECT n, {known}, 'A', TRUE, {later((n * 7919 % 90 - 3) * 86400 + n % 86400)}, {later(-(n % 86400))},
    {later(86400 - n % 86400)}
FROM series WHERE n % 30 <> 0;

-- endpoint_state with a fault: 99500
INSERT INTO endpoint_state (endpoint_id, known, grade, ok, not_after, checked_at, next_scan_at)
SELECT n, {faulty}, 'F', FALSE, {later((n * 7919 % 90 - 3) * 86400 + n % 86400)}, {later(-(n % 86400))},
    {later(10800 - n % 10800)}
FROM series WHERE n % 30 = 0;

-- endpoint_certificate: 100000
INSERT INTO endpoint_certificate (endpoint_id, fingerprint, issuer, serial, key, key_id, not_before, not_after,
    first_seen_at, last_seen_at)
SELECT n, '77bcc9a110cebdbf', 'CN=Example CA', '1baa7f705f', 'EC-256', '5a', {later(-2592000)}, {later(5184000)},
    {later(-2592000)}, {now}
FROM series;

-- endpoint_scan: 200000
INSERT INTO endpoint_scan (endpoint_id, at, ok, faults, message)
SELECT CASE WHEN n % 4 = 0 THEN n % 100000 + 1 ELSE n % 500 + 1 END, {later(n - 200000)}, TRUE, '[]',
    'The certificate is valid.'
FROM series;

-- event: 200000
INSERT INTO event (at, kind, subject_kind, subject_id, client_id, before, after)
SELECT {later(n - 200000)}, 'nameservers_changed', CASE WHEN n % 2 = 0 THEN 'domain' ELSE 'endpoint' END,
    n % 100000 + 1, CASE WHEN n % 5 = 0 THEN 1 ELSE n % 10000 + 1 END, 'ns1.example', 'ns2.example'
FROM series;

-- alert: 20000
INSERT INTO alert (kind, subject_kind, subject_id, client_id, stage, headline, facts, opened_at)
SELECT CASE WHEN n % 5 = 0 THEN 'certificate_fault' WHEN n % 2 = 0 THEN 'domain_expiry' ELSE 'certificate_expiry' END,
    CASE WHEN n % 5 <> 0 AND n % 2 = 0 THEN 'domain' ELSE 'endpoint' END, n,
    CASE WHEN n % 5 = 0 THEN 1 ELSE n % 10000 + 1 END,
    CASE WHEN n % 5 = 0 THEN NULL WHEN n % 9 = 0 THEN 0 WHEN n % 3 = 0 THEN 7 ELSE 60 END,
    'name-' || n || '.example expires soon', '[]', {later(-n)}
FROM series;

-- subscription: 4000
INSERT INTO subscription (client_id, domain_id, description, price_minor, currency, months, tax_basis_points, anchor,
    billed, next_due)
SELECT n % 10000 + 1, n, 'Care', 2900, 'EUR', 12, 1900, '2025-01-01', 1, '2027-01-01'
FROM series;

-- invoice: 100000
INSERT INTO invoice (client_id, series, number, issued_on, due_on, currency, net_minor, tax_minor, gross_minor,
    document_key, created_at)
SELECT n % 10000 + 1, 'INV', n, '2026-01-01', '2026-01-15', 'EUR', 2900, 551, 3451,
    CASE WHEN n % 1000 <> 0 THEN 'invoices/inv/1.pdf' END, {now}
FROM series;

-- invoice_line: 100000
INSERT INTO invoice_line (invoice_id, subscription_id, period_start, period_end, description, net_minor,
    tax_basis_points)
SELECT n, n % 4000 + 1, {period}, '2027-01-01', 'Care', 2900, 1900
FROM series;

-- mail: 200000
INSERT INTO mail (dedupe_key, message_id, recipient, subject, text, html, attachments, state, reply, created_at,
    client_id)
SELECT 'k' || n, '<' || n || '@nolapse.test>',
    CASE WHEN n % 4 = 0 THEN 'staff@agency.test' ELSE 'billing@c' || (n % 10000) || '.test' END, 'Invoice INV-' || n,
    'text', 'html', '[]', CASE WHEN n % 500 = 0 THEN 'unknown' WHEN n % 300 = 0 THEN 'failed' ELSE 'sent' END, '250 OK',
    {later(n - 200000)}, n % 10000 + 1
FROM series;

-- run: 3000
INSERT INTO run (task, root_id, cursor, created_at, finished_at, counts)
SELECT CASE WHEN n % 2 = 0 THEN 'domains.check_all' ELSE 'certificates.scan_all' END, n, 0,
    {later((n - 3000) * 3600)}, CASE WHEN n < 3000 THEN {later((n - 3000) * 3600 + 600)} END,
    CASE WHEN n < 3000 THEN {counts} END
FROM series;

-- job: 1000000
INSERT INTO job (id, task, args, queue, priority, run_id, state, run_at, announce_at, announcements, attempts,
    failures, crashes, suspect, cancelled, token, worker_id, claimed_at, claim_expires_at, error, created_at,
    finished_at, client_id)
SELECT n,
    CASE n % 50 WHEN 0 THEN 'mail.send' WHEN 1 THEN 'alerts.tell' WHEN 2 THEN 'invoices.bill'
        ELSE CASE n % 2 WHEN 0 THEN 'domains.check' ELSE 'certificates.scan' END END,
    '{"domain_id": ' || (n % 100000 + 1) || '}',
    CASE n % 50 WHEN 0 THEN 'mail' WHEN 1 THEN 'default' WHEN 2 THEN 'billing'
        ELSE CASE n % 2 WHEN 0 THEN 'lookup' ELSE 'scan' END END,
    1, CASE WHEN n > 899900 THEN 3000 ELSE n % 2999 + 1 END,
    state, {later((n - 950000) * 0.4)}, {later((n - 950000) * 0.4)}, 0, 1, 0, 0, FALSE, FALSE,
    CASE WHEN state = 'running' THEN 't' END, 'w' || (n % 4 + 1),
    CASE WHEN n <= 900000 THEN {later((n - 1000000) * 0.4)} END, CASE WHEN state = 'running' THEN {later(3600)} END,
    CASE WHEN state IN ('dead', 'failed', 'unknown') THEN 'Unavailable: no answer in 15 s' END,
    {later((n - 1000000) * 0.4)}, CASE WHEN n <= 899900 THEN {later((n - 899900) * 0.1)} END,
    CASE WHEN n % 5 = 0 THEN 1 ELSE n % 10000 + 1 END
FROM (SELECT n, CASE WHEN n > 900000 THEN 'queued' WHEN n > 899900 THEN 'running' WHEN n % 100 = 7 THEN 'dead'
        WHEN n % 200 = 9 THEN 'failed' WHEN n % 500 = 11 THEN 'unknown' WHEN n % 1000 = 13 THEN 'cancelled'
        ELSE 'done' END AS state
    FROM series) AS given;

-- attempt: 300000
INSERT INTO attempt (job_id, number, worker_id, started_at, ended_at, outcome)
SELECT n, 1, 'w1', {later(n - 300000)}, {later(n - 300000)}, 'done'
FROM series;

-- firing: 30000
INSERT INTO firing (schedule, due_at, decided_at, outcome, run_id)
SELECT CASE n % 3 WHEN 0 THEN 'domains' WHEN 1 THEN 'alerts' ELSE 'certificates' END, {later((n - 30000) * 600)},
    {now}, 'fired', n % 3000 + 1
FROM series;

-- worker: 500
INSERT INTO worker (id, host, pid, queues, started_at, beat_at, ended_at, ended_how)
SELECT 'w' || n, 'host', n, '["lookup", "scan"]', {later(-n * 3600)}, {now},
    CASE WHEN n > 4 THEN {later(-n * 600)} END, CASE WHEN n > 4 THEN 'exit code 0' END
FROM series;

-- measurement: 200000
INSERT INTO measurement (minute, service, outcome, calls, seconds)
SELECT {later(-(n / 5) * 60)}, 'service' || (n % 5), 'ok', 100, 3.5
FROM series;

-- audit: 20000
INSERT INTO audit (at, actor, action, subject, details)
SELECT {later(n - 20000)}, 'ada', 'retry', 'job ' || n, '{}'
FROM series;
