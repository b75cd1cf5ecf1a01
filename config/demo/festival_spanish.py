"""The festival's texts in Spanish, by SKU and by step. Plain data."""

BAND = "Una banda en el escenario al atardecer, el sol se pone detrás y hay manos en alto"

EVENT = {
    "terms": "Cada entrada deja pasar a una persona, una vez; con la pulsera puede volver a entrar. Las entradas de sábado "
    "valen el 17 de julio desde el mediodía. Los menores de diez años entran gratis. Devolución si cancelamos.",
}
PRODUCTS = {
    "weekend": {
        "name": "Entrada de fin de semana",
        "description": "Cuarenta bandas en dos escenarios, un mercado nocturno y el último ferri a casa a las dos.",
        "image_alt": BAND,
    },
    "saturday": {
        "name": "Entrada de sábado",
        "description": "Un día y una noche, desde el mediodía hasta el último ferri.",
        "image_alt": BAND,
    },
    "early-bird": {
        "name": "Fin de semana anticipado",
        "description": "Los tres días, para quienes confiaron en nosotros antes de que hubiera cartel.",
        "image_alt": BAND,
    },
    "ferry": {
        "name": "Abono de ferri",
        "description": "Ida y vuelta los tres días; el último barco espera a los bises.",
        "image_alt": "Un pequeño ferri con las ventanas iluminadas sobre el agua oscura",
    },
    "backstage": {
        "name": "Visita entre bastidores",
        "description": "Cuarenta minutos entre bambalinas con el equipo que las ha montado.",
        "image_alt": "Un pase con cordón delante de un foco",
    },
    "poster": {
        "name": "Cartel serigrafiado",
        "description": "Tres colores sobre papel grueso, firmado por el impresor; se recoge en el mercado nocturno.",
        "image_alt": "Un cartel con un faro en coral y rojo oscuro",
    },
}

NOTES = {
    "weekend": {"note": "De viernes a domingo"},
    "saturday": {"note": "17 de julio, del mediodía al último ferri"},
    "early-bird": {"note": "De viernes a domingo"},
}

STEPS = {
    "checkout": {
        "title": "Entradas",
        "bump_headline": "Añada el ferri",
        "bump_text": "Ida y vuelta los tres días para una persona. El último barco espera a los bises.",
        "headline": "Tres noches junto al agua",
        "subheadline": "Cuarenta bandas en dos escenarios, un mercado nocturno y el último ferri a casa a las dos. "
        "Del 16 al 18 de julio de 2027, Pier 9.",
        "points": "Sus entradas llegan al instante por correo electrónico\nPuede cederlas hasta el mismo día\n"
        "Los menores de diez años entran gratis",
        "badges": "Pago cifrado\nDevolución si cancelamos\nAcceso sin escalones a los dos escenarios",
    },
    "backstage": {
        "title": "Visita entre bastidores",
        "headline": "Véalo desde dentro",
        "subheadline": "Cuarenta minutos entre bambalinas, el viernes antes de abrir las puertas.",
        "body": "Grupos de doce, guiados por quienes cuelgan los focos.\n\nConserve un sitio en primera fila para la "
        "primera canción.",
        "points": "Viernes, 17:00, puerta C\nLa misma entrada, sin otra cola",
        "badges": "Devolución si cancelamos",
        "accept_label": "Añadir la visita",
        "decline_label": "No, solo las entradas",
    },
    "poster": {
        "title": "Cartel serigrafiado",
        "headline": "¿Y algo para la pared?",
        "subheadline": "El cartel de este año, impreso a mano a dos calles del muelle.",
        "body": "Una edición de trescientos. El suyo le espera en el mercado nocturno, a su nombre.",
        "points": "50 × 70 cm\nTres colores sobre papel grueso",
        "accept_label": "Añadir el cartel",
        "decline_label": "No, gracias",
    },
    "thank-you": {
        "title": "Gracias",
        "headline": "Nos vemos en el muelle",
        "subheadline": "Sus entradas están aquí y en su correo.",
        "points": "Las puertas abren el viernes a las 18:00, puerta A\nTraiga cada entrada en papel o en el móvil",
    },
}
