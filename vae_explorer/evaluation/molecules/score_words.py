"""What the scores of a model of molecules are called, and what each says."""

from vae_explorer.molecules.chemistry import PROPERTIES

TITLES = {
    "neg_elbo": "−ELBO",
    "reconstruction": "reconstruction",
    "kl": "KL",
    "active_units": "active units",
    "kl_per_dimension": "KL by coordinate",
    "exact_reconstruction": "exact reconstruction",
    "reconstruction_validity": "validity of reconstructions",
    "reconstruction_similarity": "similarity of reconstructions",
    "walk_validity": "validity along walks",
    "validity": "validity of samples",
    "uniqueness_1k": "uniqueness of 1,000",
    "uniqueness_10k": "uniqueness of 10,000",
    "novelty": "novelty",
    "internal_diversity": "internal diversity",
    "frechet_distance": "Fréchet ChemNet distance",
    **{f"distance_{name}": f"distance in {name}" for name in PROPERTIES},
    **{f"explained_{name}": f"R² of {name} from z" for name in PROPERTIES},
}
ABOUT = {
    "neg_elbo": "the bound on −log p(x) that training lowers, in nats a molecule: lower is better",
    "reconstruction": "−log p(x|z), in nats, what a molecule costs given its code: lower is better",
    "kl": "KL(q(z|x) || N(0, I)), in nats, what the code costs; near 0 the code says nothing",
    "active_units": "coordinates that carry information: neither way is better",
    "kl_per_dimension": "what each coordinate costs, in nats, together the KL",
    "exact_reconstruction": "share of test molecules that come back from their code as the same "
    "molecule: higher is better",
    "reconstruction_validity": "share of reconstructions that are a molecule: higher is better",
    "reconstruction_similarity": "Tanimoto similarity of what comes back, the share of fingerprint "
    "bits in common: higher is better",
    "walk_validity": "share of molecules on the way between two that are valid: higher is better",
    "validity": "share of samples that are a molecule, always 1 of SELFIES: higher is better",
    "uniqueness_1k": "share of different ones of the first 1,000 valid samples: higher is better",
    "uniqueness_10k": "the same of the first 10,000: higher is better",
    "novelty": "share of different valid samples that are not in the training set: neither way "
    "is better",
    "internal_diversity": "1 less the mean similarity of two samples: higher is more varied",
    "frechet_distance": "how far samples are from test molecules in the features of ChemNet: lower "
    "is better",
    **{
        f"distance_{name}": f"Wasserstein distance of {name} between samples and test molecules: "
        "lower is better"
        for name in PROPERTIES
    },
    **{
        f"explained_{name}": f"share of the variance of {name} that a network tells from the code: "
        "higher is better"
        for name in PROPERTIES
    },
}
