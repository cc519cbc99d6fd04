"""Record files, locks, checksums and manifests: what survives a kill."""
