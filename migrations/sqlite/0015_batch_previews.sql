-- Which batch a preview is part of: asked whenever one is looked at or applied, over the targets of every batch that there was.
CREATE INDEX batch_targets_by_preview ON batch_targets (preview_id) WHERE preview_id IS NOT NULL;
