"""The words of the demo: an installer of heating and cooling in Zaragoza, and its customers. All invented."""

# (name, what it is, street, postal code, town, province); what it is decides what it asks for and where it fails.
CUSTOMERS = [
    ("Panadería Sol de Delicias S.L.", "shop", "Avenida de Madrid 118", "50010", "Zaragoza", "Zaragoza"),
    ("Residencia Virgen del Moncayo", "care", "Calle del Tarazonica 4", "50500", "Tarazona", "Zaragoza"),
    ("Hotel Puerta del Pirineo S.A.", "hotel", "Avenida de Francia 27", "22700", "Jaca", "Huesca"),
    ("Clínica Dental Ferrández", "clinic", "Paseo de Sagasta 61", "50006", "Zaragoza", "Zaragoza"),
    ("Talleres Mecánicos Lacasa S.L.", "works", "Polígono Malpica, calle E 32", "50016", "Zaragoza", "Zaragoza"),
    ("Comunidad de Propietarios Gran Vía 22", "homes", "Gran Vía 22", "50005", "Zaragoza", "Zaragoza"),
    ("Colegio Marqués de Sobradiel", "school", "Calle de la Iglesia 9", "50629", "Sobradiel", "Zaragoza"),
    ("Conservas del Cinca S.A.", "works", "Carretera de Lérida, km 3", "22520", "Fraga", "Huesca"),
    ("Restaurante La Parrilla de Utebo", "shop", "Calle de Antonio Machado 15", "50180", "Utebo", "Zaragoza"),
    ("Gestoría Bernal y Asociados S.L.P.", "office", "Calle de Alfonso I 17", "50003", "Zaragoza", "Zaragoza"),
    ("Gimnasio Ágora Fitness S.L.", "shop", "Avenida de Cataluña 204", "50014", "Zaragoza", "Zaragoza"),
    ("Farmacia Núñez Royo", "shop", "Plaza de España 3", "44001", "Teruel", "Teruel"),
    ("Bodegas Ribera del Huerva S. Coop.", "works", "Carretera de Valencia, km 18", "50410", "Cuarte", "Zaragoza"),
    ("Ayuntamiento de Villabona de Ebro", "office", "Plaza Mayor 1", "50692", "Villabona de Ebro", "Zaragoza"),
    ("Librería El Pequeño Ñandú", "shop", "Calle de San Miguel 40", "50001", "Zaragoza", "Zaragoza"),
    ("Centro Veterinario Las Fuentes", "clinic", "Calle de Salvador Minguijón 8", "50002", "Zaragoza", "Zaragoza"),
    ("Hostal Ávila del Arrabal", "hotel", "Calle de Sobrarbe 51", "50015", "Zaragoza", "Zaragoza"),
    ("Logística Plaza Norte S.A.", "works", "Calle Bari 25, Plaza", "50197", "Zaragoza", "Zaragoza"),
    ("Academia de Idiomas Zapata", "school", "Calle de Cádiz 7", "50004", "Zaragoza", "Zaragoza"),
    ("Carnicería Hermanos Used", "shop", "Calle Mayor 12", "50300", "Calatayud", "Zaragoza"),
    ("Comunidad de Regantes La Sarda", "office", "Camino de la Acequia s/n", "50740", "Fuentes", "Zaragoza"),
    ("Escuela Infantil Los Trasgos", "school", "Calle de Pablo Neruda 33", "50018", "Zaragoza", "Zaragoza"),
    ("Imprenta Goya Digital S.L.", "works", "Polígono Cogullada, nave 14", "50014", "Zaragoza", "Zaragoza"),
    ("Bufete Iribarren Abogados S.L.P.", "office", "Paseo de la Independencia 24", "50004", "Zaragoza", "Zaragoza"),
    ("Cafetería Tubo y Medio", "shop", "Calle de la Libertad 10", "50003", "Zaragoza", "Zaragoza"),
    ("Camping Mirador de Ordesa", "hotel", "Carretera de Ordesa s/n", "22376", "Torla", "Huesca"),
    ("Fisioterapia Equilibrio", "clinic", "Calle de Lacarra de Miguel 19", "50008", "Zaragoza", "Zaragoza"),
    ("Comunidad de Propietarios Actur 70", "homes", "Calle de Gertrudis Gómez 70", "50018", "Zaragoza", "Zaragoza"),
    ("Supermercados Cierzo S.L.", "shop", "Avenida de Navarra 150", "50011", "Zaragoza", "Zaragoza"),
    ("Muebles Pirineos S.A.", "works", "Polígono Sepes, parcela 40", "22006", "Huesca", "Huesca"),
    ("Peluquería Marisa Otal", "shop", "Calle de Bolonia 2", "50008", "Zaragoza", "Zaragoza"),
    ("Residencia Los Almendros de Alcañiz", "care", "Ronda de Caspe 18", "44600", "Alcañiz", "Teruel"),
    (
        "Comunidad de Propietarios Torre Aljafería",
        "homes",
        "Calle de los Diputados 14",
        "50004",
        "Zaragoza",
        "Zaragoza",
    ),
    ("Óptica Valdespartera", "shop", "Avenida de la Ilustración 9", "50019", "Zaragoza", "Zaragoza"),
    ("Cerámicas Muel Artesanas S.L.", "works", "Carretera de Valencia, km 468", "50450", "Muel", "Zaragoza"),
    ("Teatro Independiente La Tajadera", "office", "Calle de las Armas 66", "50003", "Zaragoza", "Zaragoza"),
    ("Asesoría Fiscal Peñalba", "office", "Coso Alto 30", "22003", "Huesca", "Huesca"),
    ("Quesos Valle de Benasque S.L.", "works", "Carretera de Anciles 5", "22440", "Benasque", "Huesca"),
    ("Parking Plaza del Pilar S.A.", "office", "Calle de Don Jaime I 52", "50001", "Zaragoza", "Zaragoza"),
    ("Casa Rural Abuela Pilara", "hotel", "Calle Baja 6", "44100", "Albarracín", "Teruel"),
    ("Ferretería Industrial Gállego S.L.", "shop", "Avenida de Zaragoza 88", "50800", "Zuera", "Zaragoza"),
    ("María Jesús Lapuente Sanz", "homes", "Calle de Santander 11", "50010", "Zaragoza", "Zaragoza"),
]

# Who works there, by what it is: (position, department, whether a woman or a man).
POSITIONS = {
    "shop": [("Encargada", "Tienda", "f"), ("Dueño", "", "m")],
    "care": [("Directora", "Dirección", "f"), ("Jefe de mantenimiento", "Servicios generales", "m")],
    "hotel": [("Gobernanta", "Pisos", "f"), ("Director", "Dirección", "m")],
    "clinic": [("Gerente", "Administración", "m"), ("Recepcionista", "Recepción", "f")],
    "works": [("Jefa de planta", "Producción", "f"), ("Responsable de compras", "Compras", "m")],
    "homes": [("Presidente", "Junta", "m"), ("Administradora de fincas", "", "f")],
    "school": [("Secretaria", "Secretaría", "f"), ("Director", "Dirección", "m")],
    "office": [("Socia", "Dirección", "f"), ("Responsable de oficina", "Administración", "m")],
}
FIRST_NAMES = {
    "f": ["Marta", "Pilar", "Begoña", "Nuria", "Elena", "Inés", "Rocío", "Lourdes", "Aurora", "Teresa"],
    "m": ["Íñigo", "Joaquín", "Ángel", "Ramón", "Óscar", "Fermín", "Santiago", "Manuel", "Gonzalo", "Víctor"],
}
SURNAMES = [
    "Ruiz", "Lacambra", "Núñez", "Sanz", "Aznar", "Ibáñez", "Peña", "Casanova", "Gracia", "Zapata", "Ávila", "Marco",
    "Blasco", "Lahoz", "Cebrián", "Muñoz", "Palacín", "Soler", "Vicente", "Urrea",
]  # fmt: skip

PLACES = {
    "shop": ["la tienda", "el almacén", "la cocina", "la sala"],
    "care": ["el comedor", "la planta primera", "la lavandería", "la sala de rehabilitación"],
    "hotel": ["la habitación 204", "la recepción", "el comedor", "la planta tercera"],
    "clinic": ["la sala de espera", "el gabinete 2", "la recepción", "la sala de rayos"],
    "works": ["la nave principal", "las oficinas", "la cámara de frío", "el vestuario"],
    "homes": ["la sala de calderas", "el portal", "el ático", "la vivienda del 3.º B"],
    "school": ["el comedor", "el aula 5", "el gimnasio", "la biblioteca"],
    "office": ["la sala de juntas", "la planta baja", "el archivo", "el salón de actos"],
}

CONTRACT = "Contrato de mantenimiento anual"
STAGES_OF_CONTRACTS = {
    "qualification": "contratos-de-mantenimiento-1",
    "proposal": "oferta-enviada",
    "negotiation": "pendiente-de-firma",
}
"""Stages of sales → those of the pipeline of contracts, by the codes which their names give them."""

# (title with the place, least and most amount in euros)
WANTED = [
    ("Aerotermia para {place}", 6_500, 24_000),
    ("Sustitución de la caldera de {place}", 3_800, 16_000),
    ("Climatización por conductos de {place}", 4_200, 19_000),
    (CONTRACT, 1_100, 4_800),
    ("Ventilación con recuperador en {place}", 2_900, 12_500),
    ("Tres equipos split para {place}", 2_400, 5_600),
    ("Fotovoltaica en la cubierta con bomba de calor", 14_000, 46_000),
    ("Suelo radiante en {place}", 5_200, 18_000),
    ("Telegestión y contadores de energía", 1_800, 7_400),
    ("Reforma de la instalación de {place}", 7_000, 38_000),
    ("Cortina de aire en {place}", 900, 2_600),
    ("Extracción de humos de {place}", 2_200, 8_900),
]
# (code of the reason, in words)
LOST = [
    ("competitor", "Se queda con la oferta de otro instalador, un 8 % más barata."),
    ("postponed", "Aplaza la inversión al año que viene."),
    ("no_budget", "No le conceden la subvención y no sigue adelante."),
    ("other", "Traspasa el negocio."),
    ("no_answer", "No contesta desde hace un mes."),
    ("competitor", "El plazo de entrega de los equipos no le sirve."),
    ("price", "La comunidad lo rechazó en la junta."),
]
WISHES = [
    "Quiere bajar la factura de gas. Pide dos alternativas con plazo de amortización.",
    "Viene recomendado. La instalación actual tiene más de quince años.",
    "Necesita que la obra esté terminada antes del frío.",
    "Solo puede parar la actividad en fin de semana.",
    "Pide que incluyamos la tramitación de la ayuda.",
    "Ya tiene otra oferta y quiere comparar.",
    "",
]

# (title with the place, category, priority, what was said, how it was resolved)
TROUBLE = [
    (
        "La bomba de calor de {place} no arranca",
        "fault",
        2,
        "Desde esta mañana marca el error E5.",
        "Placa de control sustituida y puesta en marcha comprobada.",
    ),
    (
        "Gotea la unidad interior de {place}",
        "fault",
        1,
        "Han puesto un cubo debajo.",
        "Desagüe desatascado y sifón limpio. Sin goteo tras una hora de prueba.",
    ),
    (
        "Ruido fuerte en el ventilador de {place}",
        "fault",
        1,
        "Se oye más al arrancar.",
        "Rodamiento cambiado y turbina equilibrada.",
    ),
    (
        "No hay agua caliente en {place}",
        "fault",
        3,
        "Afecta a todo el edificio.",
        "Resistencia de apoyo cambiada y válvula de tres vías ajustada.",
    ),
    (
        "El termostato de {place} no responde",
        "fault",
        1,
        "La pantalla se queda en blanco.",
        "Pilas cambiadas y termostato emparejado de nuevo.",
    ),
    (
        "No enfría lo suficiente {place}",
        "fault",
        2,
        "No baja de 27 grados por la tarde.",
        "Fuga localizada, reparada y circuito recargado con R-32.",
    ),
    (
        "Huele a quemado en el cuadro de {place}",
        "fault",
        3,
        "Lo han desconectado por precaución.",
        "Borne flojo. Contactor sustituido y aprietes revisados.",
    ),
    (
        "La caldera de {place} pierde presión",
        "fault",
        2,
        "Hay que rellenar cada dos días.",
        "Vaso de expansión cambiado.",
    ),
    (
        "Corrientes de aire en {place}",
        "complaint",
        1,
        "Se quejan los que se sientan bajo la rejilla.",
        "Caudales regulados y lamas orientadas.",
    ),
    (
        "Factura con un concepto de más",
        "billing",
        1,
        "Se ha cobrado un desplazamiento que no hubo.",
        "Comprobado: se emite factura rectificativa.",
    ),
    (
        "Factura enviada a una dirección antigua",
        "billing",
        0,
        "Cambiaron de correo en primavera.",
        "Datos corregidos y factura enviada de nuevo.",
    ),
    (
        "Faltan dos rejillas en la entrega",
        "delivery",
        1,
        "El albarán dice doce y han llegado diez.",
        "Rejillas entregadas en mano.",
    ),
    (
        "El equipo entregado llegó golpeado",
        "delivery",
        2,
        "Hay fotos de la carcasa.",
        "El proveedor repone la unidad. Cambiada sin cargo.",
    ),
    (
        "¿Cada cuánto se limpian los filtros de {place}?",
        "question",
        0,
        "",
        "Explicado: cada tres meses. Se le envía la guía.",
    ),
    (
        "¿Cómo se programa el horario de {place}?",
        "question",
        0,
        "Ha cambiado el encargado.",
        "Explicado por teléfono, con los horarios de invierno puestos.",
    ),
    (
        "Pide el certificado de la instalación",
        "question",
        1,
        "Se lo exige el seguro.",
        "Certificado enviado en PDF.",
    ),
    (
        "Retraso en la puesta en marcha de {place}",
        "complaint",
        2,
        "Estaba prevista para la semana pasada.",
        "Puesta en marcha hecha. Se le descuenta la primera revisión.",
    ),
    (
        "Salta el diferencial al encender {place}",
        "fault",
        2,
        "Solo pasa con humedad.",
        "Compresor derivado a masa: sustituido en garantía.",
    ),
]

# Activities about a customer: (type, subject, who does it, usual minutes)
ABOUT_CUSTOMERS = [
    ("call", "Reclamar la factura vencida", "administracion", 15),
    ("call", "Renovar el contrato de mantenimiento", "ventas", 20),
    ("call", "Preguntar qué tal va la instalación nueva", "ventas", 15),
    ("email", "Pedir el mandato SEPA firmado", "administracion", 10),
    ("email", "Enviar el calendario de revisiones", "soporte", 10),
    ("email", "Pedir la situación censal actualizada", "administracion", 10),
    ("visit", "Revisión de mantenimiento preventivo", "tecnico", 120),
    ("visit", "Limpieza de filtros y baterías", "tecnico", 90),
    ("visit", "Visita de cortesía", "ventas", 60),
    ("meeting", "Reunión anual de seguimiento", "ventas", 60),
    ("task", "Preparar el certificado de eficiencia", "soporte", 90),
    ("task", "Revisar las condiciones de pago", "administracion", 30),
]

# Personal tasks: (type, subject, whose, usual minutes)
PERSONAL = [
    ("task", "Preparar la reunión de los lunes", "ventas", 30),
    ("task", "Actualizar la tarifa de bombas de calor", "ventas", 90),
    ("meeting", "Reunión de ventas", "ventas", 60),
    ("task", "Presentar el modelo 303", "administracion", 120),
    ("task", "Cuadrar la caja", "administracion", 30),
    ("task", "Archivar los albaranes firmados", "administracion", 60),
    ("call", "Llamar a la asesoría por las nóminas", "administracion", 15),
    ("task", "Pedir cita en la ITV para la furgoneta", "tecnico", 15),
    ("task", "Revisar existencias de filtros", "tecnico", 45),
    ("task", "Calibrar los manómetros", "tecnico", 60),
    ("task", "Curso de gases fluorados", "tecnico", 240),
    ("task", "Ordenar el almacén de recambios", "soporte", 120),
    ("task", "Actualizar la guía de códigos de error", "soporte", 90),
    ("meeting", "Reunión con el proveedor de recambios", "soporte", 60),
    ("task", "Revisar los permisos de los usuarios", "admin", 30),
    ("task", "Preparar el cuadro de mando del trimestre", "admin", 90),
]

# What stands in everybody's agenda on the day of the seeding: (working days from today, hour, type, subject, whose or
# which team's, what became of it: begun, waiting, put off until then, deferred from the start, unclaimed, nothing yet).
PRESENT_DAY = [
    (-3, 10, "call", "Confirmar la fecha de la obra", "ventas", ""),
    (-1, 12, "email", "Contestar la consulta sobre las ayudas", "ventas", ""),
    (0, 9, "visit", "Visita para tomar medidas", "ventas", "begun"),
    (0, 13, "call", "Seguimiento del presupuesto", "ventas", ""),
    (0, 17, "task", "Repasar las oportunidades abiertas", "ventas", ""),
    (2, 11, "meeting", "Presentar la propuesta de aerotermia", "ventas", ""),
    (7, 10, "visit", "Enseñar una instalación ya hecha", "ventas", ""),
    (12, 9, "call", "Llamar cuando vuelva de vacaciones", "ventas", "deferred"),
    (20, 10, "meeting", "Revisar el contrato antes de que venza", "ventas", "put off"),
    (-2, 16, "call", "Avisar de la llegada del recambio", "soporte", ""),
    (0, 10, "call", "Guiar el reinicio de la caldera", "soporte", ""),
    (0, 16, "task", "Pedir filtros al proveedor", "soporte", "begun"),
    (1, 9, "email", "Enviar la guía del termostato", "soporte", ""),
    (3, 12, "task", "Reclamar la placa en garantía", "soporte", "waiting"),
    (8, 9, "meeting", "Formación sobre el modelo nuevo", "soporte", ""),
    (15, 9, "visit", "Revisión de final de temporada", "soporte", "deferred"),
    (-4, 9, "call", "Reclamar la factura vencida", "administracion", ""),
    (0, 11, "email", "Enviar el duplicado de la factura", "administracion", ""),
    (0, 18, "task", "Conciliar el banco", "administracion", "begun"),
    (4, 10, "call", "Acordar un plan de pagos", "administracion", "waiting"),
    (6, 12, "task", "Preparar la remesa del mes", "administracion", ""),
    (10, 9, "email", "Pedir los datos para la renovación", "administracion", "put off"),
    (-1, 8, "visit", "Cambiar el ventilador", "tecnico", "waiting"),
    (0, 9, "visit", "Revisión de mantenimiento preventivo", "tecnico", "begun"),
    (0, 16, "visit", "Puesta en marcha del recuperador", "tecnico", ""),
    (1, 9, "visit", "Limpieza de filtros y baterías", "tecnico", ""),
    (5, 8, "task", "Revisar la furgoneta", "tecnico", ""),
    (9, 9, "visit", "Comprobar el rendimiento tras el cambio", "tecnico", "deferred"),
    (0, 12, "task", "Aprobar los descuentos pendientes", "admin", ""),
    (3, 10, "meeting", "Reunión con el equipo", "admin", ""),
    (2, 9, "visit", "Medir el caudal de impulsión", "Técnicos", "unclaimed"),
    (4, 9, "visit", "Recoger la unidad averiada", "Técnicos", "unclaimed"),
    (1, 12, "call", "Devolver la llamada de la web", "Ventas", "unclaimed"),
    (0, 15, "email", "Contestar la reseña de un cliente", "Soporte", "unclaimed"),
]

NOTES = {
    "answered": [
        "Atiende la encargada; todo claro.",
        "Pide que le escribamos con el resumen.",
        "Prefiere que vayamos por la mañana.",
        "Lo consulta y nos dice algo el jueves.",
        "Quedamos en volver a hablar.",
    ],
    "no_answer": ["No coge el teléfono.", "Comunica todo el rato.", "Cerrado por la tarde."],
    "left_message": ["Mensaje en el contestador.", "Recado dado a su compañero.", "Le dejo mi número directo."],
    "done": [
        "Hecho.",
        "Sin novedad.",
        "Queda resuelto.",
        "Enviado y confirmado.",
        "Terminado antes de lo previsto.",
        "",
    ],
    "visit": [
        "Instalación en buen estado. Filtros cambiados.",
        "Firmado el parte por el encargado.",
        "Hay que volver con una pieza más.",
        "Tomadas medidas y fotos.",
        "Presiones correctas; consumo algo alto.",
    ],
    "cancelled": ["Ya no hace falta.", "El cliente lo anula.", "Duplicada."],
}
HOLDS = {
    "customer": ["Tiene que confirmar el día.", "Falta que apruebe el presupuesto.", "Está de vacaciones."],
    "supplier": ["El fabricante no da plazo todavía.", "Pedida confirmación al distribuidor."],
    "part": ["Pedida la placa; tarda unos días.", "Sin existencias del ventilador.", "Esperamos la válvula."],
    "colleague": ["Falta el visto bueno de gerencia.", "Faltan las medidas que toma un compañero."],
    "payment": ["Hasta que pague la factura anterior."],
    "other": ["Hay obras en la calle y no se puede acceder."],
}
DEFERRED = [
    "El cliente pide pasarlo a la semana siguiente.",
    "No llega el material a tiempo.",
    "Coincide con otra urgencia.",
    "Cierran por inventario.",
    "Falta personal esta semana.",
]
REOPENED = ["Ha vuelto a fallar.", "El cliente dice que no está resuelto.", "Faltaba una parte."]
