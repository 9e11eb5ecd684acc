"""The models that are shipped, by what they make."""

from vae_explorer.shipped import CHECKPOINTS

ALL = sorted(CHECKPOINTS.glob("*.safetensors"))
OF_PICTURES = [path for path in ALL if not path.stem.startswith("moses-")]
