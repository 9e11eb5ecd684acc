"""How far apart the default camera shows the classes of each shipped model, and what names collide.

    python benchmarks/camera.py

Overlap is the share of a point's neighbours in the picture that are of another class, as the mean
over the points of a class and then over the classes (`latent.camera`): with one angle for all
models, as it was, and with the camera of each. Colliding are the names of classes that lie on
another one, on the cursor in the middle of the data or on an endpoint, of all that are shown by 24
cameras in pictures of three sizes: each at the middle of its class, as it was, and where it is put
now. Overlap is a number of the codes alone; what is counted needs Node.
"""

import tempfile
import time
from pathlib import Path

import _harness  # noqa: F401, finds what the tests share
import shipped_clouds

from vae_explorer.latent import camera
from vae_explorer.latent.camera import Camera

ASLANT = Camera(-0.95, 0.38)  # as all models were seen, and are where nothing is to be chosen


def main() -> None:
    """Print a line a model."""
    print(f"{'model':24}{'yaw':>8}{'pitch':>8}{'overlap before':>16}{'after':>8}{'seconds':>10}")
    models = shipped_clouds.checkpoints()
    for model in models:
        points, labels = shipped_clouds.drawn(model)
        start = time.perf_counter()
        chosen = camera.camera(points, labels)
        seconds = time.perf_counter() - start
        cloud = camera.prepared(points, labels)
        if chosen is None or cloud is None:
            continue  # two dimensions
        before, after = (camera.overlap(cloud, camera.direction(at)) for at in (ASLANT, chosen))
        angles = f"{chosen.yaw:8.2f}{chosen.pitch:8.2f}"
        print(f"{model.name:24}{angles}{before:16.3f}{after:8.3f}{seconds:10.2f}")
    with tempfile.TemporaryDirectory() as folder:
        files = [shipped_clouds.write_cloud(model, Path(folder)) for model in models]
        rows = shipped_clouds.count_names(files)
    print(f"\n{'names':36}{'pictures':>10}{'colliding':>11}{'now':>6}{'left out':>10}")
    for row in rows:
        size = f"{row['name']}, {row['size']['width']} × {row['size']['height']}"
        counts = f"{row['before']:11}{row['collisions']:6}{row['leftOut']:10}"
        print(f"{size:36}{row['cameras']:10}{counts}")


if __name__ == "__main__":
    main()
