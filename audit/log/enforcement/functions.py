"""The functions of the log in PostgreSQL: those that triggers call, and the one that gives indexes.

And the statement that tells where in the log which time lies, for both databases.
"""

from dataclasses import dataclass

REFUSE = """
BEGIN
    RAISE EXCEPTION 'The audit log is only ever added to: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
"""
HEAD_GROWS = """
BEGIN
    IF TG_OP = 'INSERT' AND NEW.size <> 0 OR TG_OP = 'UPDATE' AND (NEW.size < OLD.size OR NEW.id <> OLD.id) THEN
        RAISE EXCEPTION 'The audit log only grows: a head of % is refused.', NEW.size
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
"""
NO_GAP = """
DECLARE
    lowest bigint;
    highest bigint;
    rows bigint;
BEGIN
    SELECT min("index"), max("index"), count(*) INTO lowest, highest, rows FROM fresh;
    IF rows = 0 THEN
        RETURN NULL;
    END IF;
    IF rows <> highest - lowest + 1
        OR (lowest > 0 AND NOT EXISTS (SELECT FROM audit_log_entry WHERE "index" = lowest - 1))
        OR (SELECT max("index") FROM audit_log_entry) > highest
        OR NOT EXISTS (SELECT FROM audit_log_head WHERE id = 1 AND size = highest + 1)
    THEN
        RAISE EXCEPTION 'Entries % to % do not follow the last one: refused.', lowest, highest
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
"""
ONLY_NUMBERED = """
DECLARE
    lowest bigint := (SELECT size FROM audit_log_head WHERE id = 1) - (SELECT count(*) FROM gone);
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT *, lowest + row_number() OVER (ORDER BY id) - 1 AS place FROM gone) AS away
        LEFT JOIN audit_log_entry AS entry
            ON entry."index" = away.place AND entry."index" >= lowest
            AND entry.arrival = away.id AND entry.leaf = away.leaf AND entry.leaf_hash = away.leaf_hash
        WHERE entry."index" IS NULL
    ) THEN
        RAISE EXCEPTION 'An entry that has no index yet cannot be deleted: refused.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
"""
ONLY_ERASED = """
BEGIN
    IF EXISTS (
        SELECT FROM gone WHERE NOT EXISTS (
            SELECT FROM audit_log_entry
            WHERE object = 'private/' || gone.commitment AND type = 'log.private_erased'
        ) AND NOT EXISTS (
            SELECT FROM audit_log_waiting
            WHERE object = 'private/' || gone.commitment AND type = 'log.private_erased'
        )
    ) THEN
        RAISE EXCEPTION 'A private part whose erasure has no entry cannot be deleted: refused.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
"""
TILE_FOLLOWS = """
BEGIN
    IF NEW.number <> (SELECT coalesce(max(number), -1) + 1 FROM audit_log_tile WHERE level = NEW.level) THEN
        RAISE EXCEPTION 'Tile % of level % does not follow the last one: refused.', NEW.number, NEW.level
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
"""
CHECKPOINT_FOLLOWS = """
BEGIN
    IF EXISTS (SELECT FROM audit_log_checkpoint WHERE size >= NEW.size)
        OR NEW.size > coalesce((SELECT size FROM audit_log_head), 0)
    THEN
        RAISE EXCEPTION 'A checkpoint of % does not follow the last one: refused.', NEW.size
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
"""
BLOCK = 1_024
# The same for both databases. What is missing is added, also after an upgrade; usually nothing is.
COUNT_BLOCKS = f"""
    INSERT INTO audit_log_block (number, earliest, latest)
    SELECT "index" / {BLOCK}, min("time"), max("time") FROM audit_log_entry
    WHERE "index" >= (SELECT coalesce(max(number) + 1, 0) * {BLOCK} FROM audit_log_block)
        AND "index" < (SELECT size / {BLOCK} * {BLOCK} FROM audit_log_head WHERE id = 1)
    GROUP BY "index" / {BLOCK}
"""  # noqa: S608 - a number from this module
NUMBERING_LOCK = 0x61756469746E756D
NUMBER = """
DECLARE
    numbered bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM audit_log_waiting) THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(:lock);
    INSERT INTO audit_log_head (id, size) VALUES (1, 0) ON CONFLICT DO NOTHING;
    WITH taken AS (
        DELETE FROM audit_log_waiting
        WHERE id IN (SELECT id FROM audit_log_waiting ORDER BY id LIMIT most)
        RETURNING *
    ), head AS (
        UPDATE audit_log_head SET size = size + (SELECT count(*) FROM taken) WHERE id = 1 RETURNING size
    )
    INSERT INTO audit_log_entry ("index", leaf, leaf_hash, type, actor, object, "time", arrival)
    SELECT head.size - row_number() OVER (ORDER BY taken.id DESC),
        taken.leaf, taken.leaf_hash, taken.type, taken.actor, taken.object, taken."time", taken.id
    FROM taken, head
    ORDER BY taken.id;
    GET DIAGNOSTICS numbered = ROW_COUNT;
    :blocks;
    RETURN numbered;
END
""".replace(":lock", str(NUMBERING_LOCK)).replace(":blocks", COUNT_BLOCKS.strip())


@dataclass(frozen=True)
class Function:
    """A function of the log: its source, and whether it runs with its owner's rights."""

    name: str
    source: str
    arguments: str = ""
    returns: str = "trigger"
    definer: bool = False

    @property
    def signature(self) -> str:
        """Name and arguments, as PostgreSQL tells functions apart."""
        return f"{self.name}({self.arguments})"


FUNCTIONS = (
    Function("audit_log_refuse", REFUSE),
    Function("audit_log_head_grows", HEAD_GROWS),
    Function("audit_log_no_gap", NO_GAP),
    Function("audit_log_only_numbered", ONLY_NUMBERED),
    Function("audit_log_only_erased", ONLY_ERASED),
    Function("audit_log_tile_follows", TILE_FOLLOWS),
    Function("audit_log_checkpoint_follows", CHECKPOINT_FOLLOWS),
    Function("audit_log_number", NUMBER, arguments="most integer", returns="bigint", definer=True),
)
