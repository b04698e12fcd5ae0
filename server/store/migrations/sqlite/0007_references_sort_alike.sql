-- PostgreSQL's matter alone: SQLite sorts every text bytewise.
SELECT 1;
