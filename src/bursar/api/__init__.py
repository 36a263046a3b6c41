"""The control plane's HTTP door: `/api/v1`, `/internal/v1`, health and metrics."""
