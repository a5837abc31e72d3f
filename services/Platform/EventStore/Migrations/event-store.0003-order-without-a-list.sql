-- What waits for its position is no longer a list that every append has to fill and the sequencer to empty. The sequencer looks under the numbers that
-- are still open: above the newest it ordered, and in the gaps below, down to a mark (hl_low). Only who inserts a number far behind the sequence leaves
-- a note, in the same transaction: nobody can append around the order, the real Marten included, which draws numbers long before its transaction.
DROP TRIGGER hl_pend ON events.mt_events;
DROP FUNCTION events.hl_pend();

-- The mark may be this far below the sequence, so that it passes no number whose insert left no note. The distance is also Sequencer.NoteBeyond.
UPDATE events.hl_low SET low = greatest(0, least(
    (SELECT min(seq_id) FROM events.hl_pending) - 1,
    (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events.mt_events_sequence) - 1001));
DROP TABLE events.hl_pending;

CREATE FUNCTION events.hl_note_late() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $function$
BEGIN
    INSERT INTO events.hl_late VALUES (NEW.seq_id);
    RETURN NULL;
END;
$function$;
CREATE TRIGGER hl_note_late AFTER INSERT ON events.mt_events
    FOR EACH ROW WHEN (pg_sequence_last_value('events.mt_events_sequence') - NEW.seq_id > 1000) EXECUTE FUNCTION events.hl_note_late();

-- What waits, for people and tests. Along the indexes from the mark, whatever the planner thinks of a mark it cannot know: left to itself it looks at the
-- whole log, in parallel and with a compiler.
CREATE FUNCTION events.hl_waiting() RETURNS SETOF bigint LANGUAGE plpgsql STABLE
    SET enable_seqscan = off SET jit = off SET max_parallel_workers_per_gather = 0 SET plan_cache_mode = force_generic_plan AS $function$
DECLARE
    mark bigint := (SELECT low FROM events.hl_low);
BEGIN
    RETURN QUERY
        SELECT e.seq_id FROM events.mt_events e WHERE e.seq_id > mark AND e.type <> 'tombstone'
        EXCEPT SELECT o.seq_id FROM events.hl_order o WHERE o.seq_id > mark
        UNION SELECT l.seq_id FROM events.hl_late l;
END;
$function$;
CREATE VIEW events.hl_pending AS SELECT seq_id FROM events.hl_waiting() AS seq_id;
GRANT SELECT ON events.hl_pending TO {app};
