{{/*
Each define prints one line for each value that cannot be as it is, and begins it with the key to set; validations.yaml
shows all of them at once. What the schema can say is in values.schema.json.
*/}}
{{- define "orderflow.problemsOfComponent" -}}
{{- $path := printf "components.%s" .name -}}
{{- $component := .component -}}
{{- $scaling := $component.autoscaling -}}
{{- $partitions := int .root.Values.kafka.topics.partitions -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $consumes := hasKey ($component.facts.kafka | default dict) "topic" -}}
{{- $most := ternary $component.replicas $scaling.maxReplicas (eq $scaling.type "none") | int -}}
{{- $requestsCpu := dig "requests" "cpu" "" $component.resources -}}
{{- if not $component.database.existingSecret }}
{{ $path }}.database.existingSecret: name the Secret with the login of the role that {{ .name }} runs as
{{- end }}
{{- if and (hasPrefix "verify" .root.Values.postgres.tls.mode) (not (include "orderflow.databaseCa" .)) }}
{{ $path }}.database.caSecret: postgres.tls.mode {{ .root.Values.postgres.tls.mode }} compares with an authority; name the Secret that has it here, or one for all in postgres.tls.caSecret.name
{{- end }}
{{- if and $policy.enabled (not $policy.postgres.to) (not $component.database.networkPolicy.to) }}
{{ $path }}.database.networkPolicy.to: list the peers that are its PostgreSQL (podSelector, namespaceSelector or ipBlock) here, or those of all databases in networkPolicy.postgres.to
{{- end }}
{{- if and $consumes (gt $most $partitions) }}
{{ $path }}.{{ ternary "replicas" "autoscaling.maxReplicas" (eq $scaling.type "none") }}: {{ $most }} pods are more than the {{ $partitions }} partitions of {{ $component.facts.kafka.topic }} (kafka.topics.partitions); the others would stand idle
{{- end }}
{{- if ne $scaling.type "none" }}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) }}
{{ $path }}.autoscaling.minReplicas: {{ $scaling.minReplicas }} is more than maxReplicas, {{ $scaling.maxReplicas }}
{{- end }}
{{- if and (eq $scaling.type "hpa") (not $scaling.cpuUtilization) }}
{{ $path }}.autoscaling.cpuUtilization: an HPA has nothing else to scale by; set it above 0
{{- end }}
{{- if and $scaling.cpuUtilization (not $requestsCpu) }}
{{ $path }}.resources.requests.cpu: autoscaling.cpuUtilization is a part of it; set it
{{- end }}
{{- end }}
{{- if eq $scaling.type "keda" }}
{{- if and $scaling.keda.outboxAgeSeconds (not $scaling.keda.prometheusAddress) }}
{{ $path }}.autoscaling.keda.prometheusAddress: outboxAgeSeconds is read from Prometheus; say where it is
{{- end }}
{{- if not (or (and $consumes $scaling.keda.lagThreshold) $scaling.keda.outboxAgeSeconds $scaling.cpuUtilization $scaling.keda.triggers) }}
{{ $path }}.autoscaling: no trigger is left; set cpuUtilization, keda.lagThreshold, keda.outboxAgeSeconds or keda.triggers
{{- end }}
{{- end }}
{{- if and .root.Values.tls.enabled (not (include "orderflow.tlsSecret" .)) }}
{{ $path }}.tls.existingSecret: tls.enabled needs a certificate for {{ .name }}: name its Secret here, or one for all in tls.existingSecret, or set tls.certManager.enabled
{{- end }}
{{- $env := include "orderflow.env" . }}
{{- range $setting, $_ := $component.settings }}
{{- if gt (regexFindAll (printf `name: %s\b` $setting) $env -1 | len) 1 }}
{{ $path }}.settings.{{ $setting }}: the chart sets it already; use the chart's own key for it
{{- end }}
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfImages" -}}
{{- $root := . -}}
{{- $unnamed := false -}}
{{- range $name, $_ := include "orderflow.facts" . | fromYaml -}}
{{- $component := include "orderflow.component" (dict "root" $root "name" $name) | fromYaml -}}
{{- if and $component.enabled (not $component.image.repository) (ne $component.image.pullPolicy "Never") -}}{{- $unnamed = true -}}{{- end -}}
{{- end }}
{{- if and $unnamed (not .Values.global.imageRegistry) (eq .Values.global.imagePrefix "orderflow") }}
global.imageRegistry: no images are published; name the registry that has yours, or set defaults.image.pullPolicy to Never where the nodes have them already
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfPostgres" -}}
{{- with .Values.postgres }}
{{- if and (eq .tls.mode "disable") .tls.caSecret.name }}
postgres.tls.mode: disable contradicts postgres.tls.caSecret; use verify-full, or take the Secret out
{{- end }}
{{- if and .secretKeys.uri .host }}
postgres.host: contradicts postgres.secretKeys.uri, which has a host already; set one of them
{{- end }}
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfKafka" -}}
{{- $release := .Release.Namespace -}}
{{- with .Values.kafka }}
{{- if not .bootstrapServers }}
kafka.bootstrapServers: name the brokers to start from, host:port separated by commas
{{- end }}
{{- if and (ne .auth.type "none") (not .tls.enabled) }}
kafka.tls.enabled: auth.type {{ .auth.type }} would go over the wire in plaintext; set it
{{- end }}
{{- if and (ne .auth.type "none") (not .auth.existingSecret) (not .strimzi.createUsers) }}
{{- $root := $ }}
{{- range $name, $facts := include "orderflow.facts" $ | fromYaml }}
{{- $component := include "orderflow.component" (dict "root" $root "name" $name) | fromYaml }}
{{- if and $component.enabled $facts.kafka (not $component.kafka.existingSecret) }}
components.{{ $name }}.kafka.existingSecret: kafka.auth.type {{ $root.Values.kafka.auth.type }} needs a login: name its Secret here, or one for all in kafka.auth.existingSecret, or set kafka.strimzi.createUsers
{{- end }}
{{- end }}
{{- end }}
{{- if and .topics.existingSecret (or (ne .topics.manage "job") (eq .auth.type "none")) }}
kafka.topics.existingSecret: nobody logs in with it unless kafka.topics.manage is job and kafka.auth.type says how; take it out
{{- end }}
{{- if and .topics.username (not .topics.existingSecret) }}
kafka.topics.existingSecret: kafka.topics.username is the user of this login; name its Secret
{{- end }}
{{- if and .tls.caSecret.name (not .tls.enabled) }}
kafka.tls.enabled: kafka.tls.caSecret is used with it only; set it, or take the Secret out
{{- end }}
{{- if and (or (eq .topics.manage "strimzi") .strimzi.createUsers) (not .strimzi.cluster) }}
kafka.strimzi.cluster: name the Kafka resource that topics and users belong to
{{- end }}
{{- if .strimzi.createUsers }}
{{- if not (has .auth.type (list "tls" "scram-sha-512")) }}
kafka.auth.type: Strimzi makes users of type tls or scram-sha-512, not {{ .auth.type }}
{{- end }}
{{- if eq .topics.manage "job" }}
kafka.topics.manage: users made by Strimzi may not create topics, and are not there before the release is; use strimzi or none
{{- end }}
{{- if and .strimzi.namespace (ne .strimzi.namespace $release) }}
kafka.strimzi.createUsers: the Secrets of the users would be in namespace {{ .strimzi.namespace }}, where pods of {{ $release }} cannot read them; install into that namespace, or bring the Secrets and name them in kafka.auth.existingSecret
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfPeers" -}}
{{- $simulated := include "orderflow.enabled" (dict "root" . "name" "payment-provider-simulator") -}}
{{- $pays := include "orderflow.enabled" (dict "root" . "name" "payment-service") -}}
{{- $mails := include "orderflow.enabled" (dict "root" . "name" "notification-service") -}}
{{- if and $pays (not .Values.paymentProvider.address) (not $simulated) }}
paymentProvider.address: say where the payment provider is (host:port), or enable components.payment-provider-simulator for tests
{{- end }}
{{- if and .Values.paymentProvider.address $simulated }}
components.payment-provider-simulator.enabled: contradicts paymentProvider.address; there is one provider
{{- end }}
{{- with .Values.paymentProvider }}
{{- if and $pays .address (not .tls.caSecret.name) (not .tls.asComponent) }}
paymentProvider.tls.caSecret.name: name the Secret with the authorities of the provider's certificate, or set paymentProvider.tls.asComponent where it is a process of yours
{{- end }}
{{- if and .tls.caSecret.name .tls.asComponent }}
paymentProvider.tls.asComponent: contradicts paymentProvider.tls.caSecret; set one of them
{{- end }}
{{- if and .tls.caSecret.name $simulated }}
paymentProvider.tls.caSecret.name: the simulator is called as components are; take it out
{{- end }}
{{- end }}
{{- if $mails }}
{{- if not (or .Values.smtp.url .Values.smtp.existingSecret) }}
smtp.url: say where mails go (smtp://host:port), or name a Secret with the address in smtp.existingSecret
{{- end }}
{{- if and .Values.smtp.url .Values.smtp.existingSecret }}
smtp.url: contradicts smtp.existingSecret; set one of them
{{- end }}
{{- end }}
{{- $monitored := or .Values.observability.podMonitor.enabled .Values.observability.serviceMonitor.enabled }}
{{- $hooked := and $pays (not $simulated) .Values.paymentProvider.webhooks.existingSecret }}
{{- with .Values.networkPolicy }}
{{- if .enabled }}
{{- if not .dns.to }}
networkPolicy.dns.to: list the peers that resolve names; an empty list would be everybody
{{- end }}
{{- if not .clients.from }}
networkPolicy.clients.from: list who may call the order API (gateways, apps); nobody could
{{- end }}
{{- if and $monitored (not .monitoring.from) }}
networkPolicy.monitoring.from: list what reads metrics; the monitor's scrapes would be refused
{{- end }}
{{- if and $hooked (not .webhooks.from) }}
networkPolicy.webhooks.from: list who delivers the provider's webhooks (the gateway); nobody could
{{- end }}
{{- if not .kafka.to }}
networkPolicy.kafka.to: list the peers that are Kafka brokers
{{- end }}
{{- if and $mails (not .smtp.to) }}
networkPolicy.smtp.to: list the peers that take mail
{{- end }}
{{- if and $pays (not $simulated) (not .paymentProvider.to) }}
networkPolicy.paymentProvider.to: list the peers that are the payment provider
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfTheEdge" -}}
{{- with .Values.tls }}
{{- if and .certManager.enabled (not .enabled) }}
tls.enabled: tls.certManager makes certificates that nobody would use; set it
{{- end }}
{{- if and .certManager.enabled (not .certManager.issuerRef.name) }}
tls.certManager.issuerRef.name: name the Issuer
{{- end }}
{{- if and .enabled $.Values.helmTest.enabled (not (or .clientSecret .existingSecret .certManager.enabled)) }}
tls.clientSecret: name the Secret with the certificate that `helm test` shows, or set helmTest.enabled to false
{{- end }}
{{- end }}
{{- if and .Values.observability.podMonitor.enabled .Values.observability.serviceMonitor.enabled }}
observability.serviceMonitor.enabled: everything would be scraped twice; enable it or podMonitor
{{- end }}
{{- with .Values.gateway }}
{{- if and (or .enabled .webhooks.enabled) (not .parentRefs) }}
gateway.parentRefs: name the Gateway that serves the route
{{- end }}
{{- if and .enabled $.Values.tls.enabled .backendTls.enabled (not .backendTls.caCertificate.name) }}
gateway.backendTls.caCertificate.name: the gateway must speak TLS to order-service (tls.enabled); name the ConfigMap with the authority of its certificate, or set gateway.backendTls.enabled to false where the gateway is told otherwise
{{- end }}
{{- if and .webhooks.enabled (not $.Values.paymentProvider.webhooks.existingSecret) }}
paymentProvider.webhooks.existingSecret: gateway.webhooks leads to a port that is closed without it
{{- end }}
{{- end }}
{{- with .Values.ingress }}
{{- if and .enabled (not .host) }}
ingress.host: name the host
{{- end }}
{{- if and .enabled (not .tlsSecret) }}
ingress.tlsSecret: name the Secret with the certificate of the host
{{- end }}
{{- end }}
{{- end -}}
